#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/view.glsl"
#include "lib/math.glsl"

// Adds the samples of render_march on a learned volume to their pixels. The network's outputs are linear radiance and
// density, both cut off at 0: alpha = 1 - exp(-extinction density dt), w = alpha (1 - A), C += w c, A += w. A ray ends when
// A exceeds 1 - min_transmittance; then C and A are divided by A. alive tells which rays go on. Twin:
// kernels/volume_composite.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity, steps, count_index;
    float extinction; // of density 1, per unit of length
    float min_transmittance;
    float near; // distance between the camera and the rays' origins
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint state[]; };
layout(set = 0, binding = 2) readonly buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float samples[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float raw[]; };
layout(set = 0, binding = 5) buffer B5 { Pixel pixels[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { uint alive[]; };

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
        float dt = samples[6u * capacity + at];
        if (dt == 0.0) break;
        float w = (1.0 - rExp(-extinction * max(raw[3u * capacity + at], 0.0) * dt)) * (1.0 - p.a);
        p.r += w * max(raw[at], 0.0);
        p.g += w * max(raw[capacity + at], 0.0);
        p.b += w * max(raw[2u * capacity + at], 0.0);
        p.a += w;
        p.cost += 1.0;
        if (w > p.weight) {
            p.weight = w;
            float t = (samples[at] - r.ox) * r.dx + (samples[capacity + at] - r.oy) * r.dy + (samples[2u * capacity + at] - r.oz) * r.dz;
            p.depth = (t + near) * r.cosine;
        }
        if (p.a > 1.0 - min_transmittance) {
            p.r /= p.a;
            p.g /= p.a;
            p.b /= p.a;
            p.a = 1.0;
            done = true;
            break;
        }
    }
    pixels[index] = p;
    alive[s] = done ? 0u : 1u;
}
