#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/radiance_add.glsl"

// Stage 8 of the un-fused frame: transmittance and sums along every live ray over the samples of split_march: w = alpha (1 - A),
// C += w c, A += w. A ray ends when A exceeds 1 - min_transmittance; then C and A are divided by A. alive tells which
// rays go on. Twin: kernels/split_composite.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity, steps, count_index;
    float min_transmittance;
    float near; // distance between the camera and the rays' origins
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint state[]; };
layout(set = 0, binding = 2) readonly buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float positions[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float lengths[]; };
layout(set = 0, binding = 5) readonly buffer B5 { float radiance[]; };
layout(set = 0, binding = 6) readonly buffer B6 { float alphas[]; };
layout(set = 0, binding = 7) buffer B7 { Pixel pixels[]; };
layout(set = 0, binding = 8) writeonly buffer B8 { uint alive[]; };

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s >= n) return;
    uint index = live[s];
    Ray r = rays[index];
    Pixel p = pixels[index];
    bool done = !(r.t < r.tmax);
    for (uint j = 0u; j < steps; j++) {
        uint at = j * n + s;
        if (lengths[at] == 0.0) break;
        float t = (positions[at] - r.ox) * r.dx + (positions[capacity + at] - r.oy) * r.dy + (positions[2u * capacity + at] - r.oz) * r.dz;
        vec3 c = vec3(radiance[at], radiance[capacity + at], radiance[2u * capacity + at]);
        if (colorAdd(p, c, alphas[at], (t + near) * r.cosine, min_transmittance)) {
            done = true;
            break;
        }
    }
    pixels[index] = p;
    alive[s] = done ? 0u : 1u;
}
