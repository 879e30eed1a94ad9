#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/train_ray.glsl"
#include "lib/loss.glsl"

// The gradient of each training ray's loss by its image's exposure: the target moves as the prediction would the other way,
//   dL/de = -L'(prediction) d target / d e,
// 0 for a ray without samples. slopes hold d target / d e and become the gradient.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint loss_kind;
    uint stride; // of slopes
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint kept_counts[]; };
layout(set = 0, binding = 2) readonly buffer B2 { Target targets[]; };
layout(set = 0, binding = 3) readonly buffer B3 { RayResult results[]; };
layout(set = 0, binding = 4) buffer B4 { float slopes[]; };

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    float seen = kept_counts[i] != 0u ? -1.0 : 0.0;
    Target g = targets[i];
    RayResult c = results[i];
    slopes[i] = seen * loss(loss_kind, c.r, g.r).y * slopes[i];
    slopes[stride + i] = seen * loss(loss_kind, c.g, g.g).y * slopes[stride + i];
    slopes[2u * stride + i] = seen * loss(loss_kind, c.b, g.b).y * slopes[2u * stride + i];
}
