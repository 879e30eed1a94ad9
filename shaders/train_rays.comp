#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/train_ray.glsl"
#include "lib/train_draw.glsl"
#include "lib/train_span.glsl"

// One training ray per invocation. Ray i has the draws 16i … 16i+15 of the step's sequence: pixel x, pixel y, shutter time
// (not used by these cameras), start jitter, background r, g, b.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint n_images;
    uint image_base; // pixel of the images buffer's first element, when a part of all images is bound
    float lo_x, lo_y, lo_z, hi_x, hi_y, hi_z; // training box
    float cone, lambda, a, b, ta, tb;         // step law
    uint flags;
    float back_r, back_g, back_b; // fixed background, linear
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint images[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint state[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { Ray rays[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { Target targets[]; };

#include "lib/train_pixel.glsl"

void main() {
    uint i = flatIndex();
    uint n = state[STATE_RAYS];
    if (i >= n) return;
    uint image = trainImage(i, n, n_images);
    Camera c = cameras[image];

    TrainDraw drawn = trainDraw(i, Pcg32(uvec2(state[STATE_RNG_LO], state[STATE_RNG_HI]), uvec2(state[STATE_INC_LO], state[STATE_INC_HI])));
    vec2 uv = drawn.uv;
    uvec2 at = trainPixel(c, uv);
    if ((flags & RAYS_SNAP) != 0u) uv = vec2((float(at.x) + 0.5) / float(c.width), (float(at.y) + 0.5) / float(c.height));
    uint pixel = c.image - image_base + at.y * c.width + at.x;

    Texel texel = trainTexel(pixel, flags);
    vec3 color = texel.color;
    float alpha = texel.alpha;

    // A random background is uniform in sRGB; a fixed one is given linear.
    bool random = (flags & RAYS_RANDOM_BACKGROUND) != 0u;
    vec3 linear = random ? srgbToLinear3(drawn.back) : vec3(back_r, back_g, back_b);
    bool blendSrgb = (flags & RAYS_BLEND_SRGB) != 0u;
    bool keepLinear = (flags & RAYS_LINEAR) != 0u;
    vec3 shown, want;
    if (blendSrgb) {
        shown = linearToSrgb3(linear);
        want = color + (1.0 - alpha) * shown;
    } else {
        want = color + (1.0 - alpha) * linear;
        shown = keepLinear ? linear : linearToSrgb3(linear);
        if (!keepLinear) want = linearToSrgb3(want);
    }
    targets[i] = Target(want.x, want.y, want.z, shown.x, shown.y, shown.z);

    vec3 o, d;
    float len;
    bool alive = cameraRay(c, uv, o, d, len) && !texel.masked;
    rays[i] = spannedRay(o, d, alive, drawn.jitter, dot(cameraForward(c), d), image, vec3(lo_x, lo_y, lo_z), vec3(hi_x, hi_y, hi_z), StepLaw(cone, lambda, a, b, ta, tb));
}
