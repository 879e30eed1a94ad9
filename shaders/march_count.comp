#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"

// Counts each training ray's samples; march_emit walks the same lattice again and writes them.
layout(local_size_x = 64, local_size_x_id = 0) in;
#include "lib/march_push.glsl"

layout(set = 0, binding = 0) readonly buffer B0 { Ray rays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint occupancy[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint state[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { uint ray_counts[]; };

#include "lib/march.glsl"

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    Ray r = rays[i];
    StepLaw law = StepLaw(cone, lambda, a, b, ta, tb);
    uint n = 0u;
    if ((r.flags & RAY_ALIVE) != 0u) {
        RayState m = RayState(vec3(r.ox, r.oy, r.oz), vec3(r.dx, r.dy, r.dz), stepNumber(law, r.t), 0u, r.tmax);
        vec3 p;
        float t, dt;
        while (n < max_samples && marchNext(m, law, max_mip, 0u, true, p, t, dt)) n++;
    }
    ray_counts[i] = n;
}
