#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/display.glsl"

// Finishes a sample per pixel: chooses what is shown, decodes sRGB, keeps the running mean over samples in linear light,
// then background, exposure, curve and the byte image.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count; // pixels[i] belongs to image pixel first + i
    uint spp;          // samples already in the mean
    uint mode;
    uint curve;
    uint linear_colors; // the network's colours are linear
    uint linear_output; // bytes hold linear values, not sRGB
    float exposure;     // stops
    float back_r, back_g, back_b, back_a; // background, linear
    float scale;        // of depth and cost: 1/(largest value shown)
};

const uint MODE_SHADE = 0u;
const uint MODE_DEPTH = 1u;
const uint MODE_ALPHA = 2u;
const uint MODE_COST = 3u;

layout(set = 0, binding = 0) readonly buffer B0 { Pixel pixels[]; };
layout(set = 0, binding = 1) buffer B1 { float frame[]; }; // r g b a of each pixel: the mean, premultiplied, linear
layout(set = 0, binding = 2) writeonly buffer B2 { uint image[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Pixel p = pixels[i];
    vec4 now = vec4(p.r, p.g, p.b, p.a);
    if (mode == MODE_SHADE) {
        if (linear_colors == 0u) now = vec4(srgbToLinear3(now.xyz), p.a);
    } else if (mode == MODE_DEPTH) {
        now = vec4(vec3(p.a > 0.2 ? p.depth * scale : 1.0), 1.0);
    } else if (mode == MODE_ALPHA) {
        now = vec4(vec3(p.a), 1.0);
    } else {
        float x = clamp(p.cost * scale, 0.0, 1.0); // black, blue, red, yellow, white
        now = vec4(clamp(4.0 * x - 1.0, 0.0, 1.0), clamp(4.0 * x - 2.0, 0.0, 1.0),
                   clamp(min(4.0 * x, 2.0 - 4.0 * x), 0.0, 1.0) + clamp(4.0 * x - 3.0, 0.0, 1.0), 1.0);
    }
    uint at = first + i;
    float keep = float(spp) / float(spp + 1u), weight = 1.0 / float(spp + 1u);
    vec4 mean = now * weight;
    if (spp != 0u) mean += vec4(frame[4u * at], frame[4u * at + 1u], frame[4u * at + 2u], frame[4u * at + 3u]) * keep;
    for (uint k = 0u; k < 4u; k++) frame[4u * at + k] = mean[k];

    float rest = (1.0 - mean.w) * back_a;
    vec3 c = mean.xyz + vec3(back_r, back_g, back_b) * rest;
    if (mode == MODE_SHADE) c = toneCurve(c * rExp(exposure * 0.69314718056), curve);
    if (mode == MODE_SHADE && linear_output == 0u) c = linearToSrgb3(max(c, vec3(0.0)));
    image[at] = toByte(c.x) | toByte(c.y) << 8 | toByte(c.z) << 16 | toByte(mean.w + rest) << 24;
}
