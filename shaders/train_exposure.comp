#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/train_ray.glsl"
#include "lib/train_draw.glsl"
#include "lib/exposure.glsl"

// The colours that training rays should reach, with each image's exposure e in stops, one a channel:
//   target = sRGB(2^e color + (1 - alpha) background),  slope = d target / d e.
// The draws are those of train_rays, whose targets are replaced; images are sRGB bytes or halves, blended in linear light.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint n_images;
    uint image_base; // pixel of the images buffer's first element
    uint flags;      // of train_rays
    float back_r, back_g, back_b; // fixed background, linear
    uint stride;     // of slopes
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint images[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint state[]; };
layout(set = 0, binding = 3) readonly buffer B3 { ExposureAdam exposures[]; };
layout(set = 0, binding = 4) buffer B4 { Target targets[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { float slopes[]; };

#include "lib/train_pixel.glsl"

// Derivative of linearToSrgb.
float srgbSlope(float v) { return v < 0.0031308 ? 12.92 : 1.055 * 0.41666 * rPow(v, 0.41666 - 1.0); }

void main() {
    uint i = flatIndex();
    uint n = state[STATE_RAYS];
    if (i >= n) return;
    uint image = trainImage(i, n, n_images);
    Camera c = cameras[image];
    TrainDraw drawn = trainDraw(i, Pcg32(uvec2(state[STATE_RNG_LO], state[STATE_RNG_HI]), uvec2(state[STATE_INC_LO], state[STATE_INC_HI])));
    uvec2 at = trainPixel(c, drawn.uv);
    Texel texel = trainTexel(c.image - image_base + at.y * c.width + at.x, flags);
    vec3 back = (flags & RAYS_RANDOM_BACKGROUND) != 0u ? srgbToLinear3(drawn.back) : vec3(back_r, back_g, back_b);
    ExposureAdam e = exposures[image];
    vec3 stops = vec3(e.x0, e.x1, e.x2);
    vec3 shown = vec3(rExp(stops.x * LN2), rExp(stops.y * LN2), rExp(stops.z * LN2)) * texel.color;
    vec3 light = shown + (1.0 - texel.alpha) * back;
    targets[i].r = linearToSrgb(light.x);
    targets[i].g = linearToSrgb(light.y);
    targets[i].b = linearToSrgb(light.z);
    slopes[i] = srgbSlope(light.x) * shown.x * LN2;
    slopes[stride + i] = srgbSlope(light.y) * shown.y * LN2;
    slopes[2u * stride + i] = srgbSlope(light.z) * shown.z * LN2;
}
