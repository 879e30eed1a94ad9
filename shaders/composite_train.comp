#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/train_ray.glsl"
#include "lib/radiance.glsl"
#include "lib/loss.glsl"

// Composites each training ray until its transmittance falls below 1e-4:
//   w_j = T_j (1 - exp(-sigma_j dt_j)), C = sum w_j c_j, T_{j+1} = T_j exp(-sigma_j dt_j),
// adds the background where the ray was not cut short, and measures the loss. Writes how many samples took part.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;
    uint loss_kind;
    uint hdr;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint ray_counts[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint offsets[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float samples[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float raw[]; };
layout(set = 0, binding = 5) readonly buffer B5 { Target targets[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { uint kept_counts[]; };
layout(set = 0, binding = 7) writeonly buffer B7 { RayResult results[]; };

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    uint n = ray_counts[i], first = offsets[i];
    if (first + n > capacity) n = 0u;
    float T = 1.0;
    vec3 C = vec3(0.0);
    uint kept = 0u;
    for (; kept < n && T >= TERMINATED; kept++) {
        uint at = first + kept;
        float e = rExp(-densityOf(raw[3u * capacity + at]) * samples[6u * capacity + at]);
        float w = T * (1.0 - e);
        C.x += w * colorOf(raw[at], hdr != 0u);
        C.y += w * colorOf(raw[capacity + at], hdr != 0u);
        C.z += w * colorOf(raw[2u * capacity + at], hdr != 0u);
        T *= e;
    }
    Target g = targets[i];
    if (kept == n) C += T * vec3(g.br, g.bg, g.bb);
    float mean = 0.0;
    if (n != 0u) mean = (loss(loss_kind, C.x, g.r).x + loss(loss_kind, C.y, g.g).x + loss(loss_kind, C.z, g.b).x) / 3.0;
    kept_counts[i] = kept;
    results[i] = RayResult(C.x, C.y, C.z, T, mean);
}
