#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/train_draw.glsl"
#include "lib/train_span.glsl"
#include "lib/rotation.glsl"

// Replaces the training rays of pictures whose rays are not those of one posed lens, with the draws of train_rays:
//   moving: the camera at the time s = a + b u + c v + d·shutter of the pixel, moved by s·move and turned by s·turn;
//   given: origin and direction of every pixel stand in a buffer; a direction of 0 is no ray.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint n_images;
    uint image_base; // pixel of the images buffer's first element
    float lo_x, lo_y, lo_z, hi_x, hi_y, hi_z; // training box
    float cone, lambda, a, b, ta, tb;         // step law
    uint flags;                               // of train_rays
};

const uint OVERRIDE_MOVING = 1u;
const uint OVERRIDE_GIVEN = 2u;

// How a picture's rays are made; kind 0 leaves them alone.
struct RayOverride {
    uint kind;
    uint first;                   // pixel of the given rays
    float turn_x, turn_y, turn_z; // from the start to the end of the exposure, axis times angle in the world's frame
    float move_x, move_y, move_z;
    float time, time_u, time_v, time_shutter;
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint images[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint state[]; };
layout(set = 0, binding = 3) readonly buffer B3 { RayOverride overrides[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float given[]; }; // six words a pixel
layout(set = 0, binding = 5) buffer B5 { Ray rays[]; };

#include "lib/train_pixel.glsl"

void main() {
    uint i = flatIndex();
    uint n = state[STATE_RAYS];
    if (i >= n) return;
    uint image = trainImage(i, n, n_images);
    RayOverride w = overrides[image];
    if (w.kind == 0u) return;
    Camera c = cameras[image];
    TrainDraw drawn = trainDraw(i, Pcg32(uvec2(state[STATE_RNG_LO], state[STATE_RNG_HI]), uvec2(state[STATE_INC_LO], state[STATE_INC_HI])));
    vec2 uv = drawn.uv;
    uvec2 at = trainPixel(c, uv);
    if ((flags & RAYS_SNAP) != 0u) uv = vec2((float(at.x) + 0.5) / float(c.width), (float(at.y) + 0.5) / float(c.height));
    uint pixel = at.y * c.width + at.x;
    bool alive = !trainTexel(c.image - image_base + pixel, flags).masked;

    vec3 o, d;
    float cosine;
    if (w.kind == OVERRIDE_GIVEN) {
        uint word = 6u * (w.first + pixel);
        o = vec3(given[word], given[word + 1u], given[word + 2u]);
        d = vec3(given[word + 3u], given[word + 4u], given[word + 5u]);
        float len = sqrt(d.x * d.x + d.y * d.y + d.z * d.z);
        alive = alive && len > 0.0;
        d = len > 0.0 ? d / len : vec3(0.0, 0.0, 1.0);
        cosine = len > 0.0 ? 1.0 / len : 1.0;
    } else {
        float s = w.time + w.time_u * uv.x + w.time_v * uv.y + w.time_shutter * drawn.shutter;
        c = movedCamera(c, vec3(s * w.move_x, s * w.move_y, s * w.move_z), quaternionOf(vec3(s * w.turn_x, s * w.turn_y, s * w.turn_z)));
        float len;
        alive = cameraRay(c, uv, o, d, len) && alive;
        cosine = dot(cameraForward(c), d);
    }
    rays[i] = spannedRay(o, d, alive, drawn.jitter, cosine, image, vec3(lo_x, lo_y, lo_z), vec3(hi_x, hi_y, hi_z), StepLaw(cone, lambda, a, b, ta, tb));
}
