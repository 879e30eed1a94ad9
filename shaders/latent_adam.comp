#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/schedule.glsl"
#include "lib/latent.glsl"
#include "lib/small_adam.glsl"

// An Adam step with the network's learning rate on the latents of every image, but for the first `fixed` of each, which are
// given (directions of light). The gradients of the steps since the last one are in sums and are cleared. Twin:
// kernels/latent_adam.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count; // numbers of all images
    uint dims, fixed_; // numbers of an image, and how many of them are given
    float scale; // takes the sums to gradients of the mean loss of an image's rays
    float beta1, beta2, epsilon;
};

layout(set = 0, binding = 0) readonly buffer B0 { Schedule schedule[]; };
layout(set = 0, binding = 1) buffer B1 { float sums[]; };
layout(set = 0, binding = 2) buffer B2 { LatentAdam moments[]; };
layout(set = 0, binding = 3) buffer B3 { float latents[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    if (i % dims >= fixed_) {
        LatentAdam e = moments[i];
        e.iter += 1u;
        vec3 a = adamStep(scale * sums[i], e.m, e.v, adamRate(schedule[0].learning_rate, float(e.iter), beta1, beta2), beta1, beta2, epsilon);
        e.m = a.x;
        e.v = a.y;
        moments[i] = e;
        latents[i] += a.z;
    }
    sums[i] = 0.0;
}
