#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/schedule.glsl"
#include "lib/exposure.glsl"
#include "lib/small_adam.glsl"

// An Adam step on every image's exposure with the network's learning rate; then the mean over all images is taken off, so
// that the brightness of the whole stays in the field. The gradients of the steps since the last one are in sums and are
// cleared. One workgroup; a fixed order of summation.
layout(local_size_x = 64) in;

layout(push_constant) uniform Push {
    uint n_images;
    float scale; // takes the sums to gradients of the mean loss of an image's rays
    float beta1, beta2, epsilon;
};

layout(set = 0, binding = 0) readonly buffer B0 { Schedule schedule[]; };
layout(set = 0, binding = 1) buffer B1 { float sums[]; };
layout(set = 0, binding = 2) buffer B2 { ExposureAdam exposures[]; };

shared float part[64];

// Sum of every invocation's number, for all of them.
float total(uint local, float v) {
    part[local] = v;
    barrier();
    for (uint half_ = 32u; half_ > 0u; half_ >>= 1) {
        if (local < half_) part[local] = part[local] + part[local + half_];
        barrier();
    }
    float sum = part[0];
    barrier();
    return sum;
}

void main() {
    uint local = gl_LocalInvocationID.x;
    precise vec3 sum = vec3(0.0);
    for (uint i = local; i < n_images; i += 64u) {
        ExposureAdam e = exposures[i];
        e.iter += 1u;
        float t = float(e.iter);
        float lr = adamRate(schedule[0].learning_rate, t, beta1, beta2);
        vec3 a = adamStep(scale * sums[3u * i], e.m0, e.v0, lr, beta1, beta2, epsilon);
        vec3 b = adamStep(scale * sums[3u * i + 1u], e.m1, e.v1, lr, beta1, beta2, epsilon);
        vec3 c = adamStep(scale * sums[3u * i + 2u], e.m2, e.v2, lr, beta1, beta2, epsilon);
        e.m0 = a.x;
        e.m1 = b.x;
        e.m2 = c.x;
        e.v0 = a.y;
        e.v1 = b.y;
        e.v2 = c.y;
        e.x0 += a.z;
        e.x1 += b.z;
        e.x2 += c.z;
        exposures[i] = e;
        sum += vec3(e.x0, e.x1, e.x2);
        for (uint k = 0u; k < 3u; k++) sums[3u * i + k] = 0.0;
    }
    vec3 mean = vec3(total(local, sum.x), total(local, sum.y), total(local, sum.z)) / float(n_images);
    for (uint i = local; i < n_images; i += 64u) {
        exposures[i].x0 -= mean.x;
        exposures[i].x1 -= mean.y;
        exposures[i].x2 -= mean.z;
    }
}
