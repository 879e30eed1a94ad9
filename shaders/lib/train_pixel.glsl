// A pixel of the training images. The includer declares `uint images[]`.
#ifndef RADIA_TRAIN_PIXEL
#define RADIA_TRAIN_PIXEL
#include "color.glsl"

const uint RAYS_RANDOM_BACKGROUND = 1u;
const uint RAYS_SNAP = 2u;   // to pixel centres
const uint RAYS_LINEAR = 4u; // targets stay linear; otherwise they are sRGB-encoded
const uint RAYS_HALF = 8u;   // images are RGBA halves, linear and premultiplied, two words a pixel; otherwise sRGB bytes
const uint RAYS_BLEND_SRGB = 16u; // blend with the background in sRGB

const uint MASKED = 0x00ff00ffu;

struct Texel {
    vec3 color; // premultiplied; linear unless blended in sRGB
    float alpha;
    bool masked;
};

Texel trainTexel(uint pixel, uint flags) {
    Texel t;
    bool blendSrgb = (flags & RAYS_BLEND_SRGB) != 0u;
    if ((flags & RAYS_HALF) != 0u) {
        vec2 rg = unpackHalf2x16(images[2u * pixel]), ba = unpackHalf2x16(images[2u * pixel + 1u]);
        t.color = vec3(rg, ba.x);
        t.alpha = ba.y;
        t.masked = t.alpha < 0.0;
        if (blendSrgb && t.alpha > 0.0) t.color = linearToSrgb3(t.color / t.alpha) * t.alpha;
    } else {
        uint word = images[pixel];
        t.masked = word == MASKED;
        vec4 texel = vec4(float(word & 255u), float(word >> 8 & 255u), float(word >> 16 & 255u), float(word >> 24)) / 255.0;
        t.alpha = texel.w;
        t.color = (blendSrgb ? texel.xyz : srgbToLinear3(texel.xyz)) * t.alpha;
    }
    return t;
}
#endif
