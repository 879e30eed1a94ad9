#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"

// Writes the samples of each training ray whose samples fit the capacity: position relative to the training box, direction
// mapped to 0..1, world step.
layout(local_size_x = 64, local_size_x_id = 0) in;
#include "lib/march_push.glsl"

layout(set = 0, binding = 0) readonly buffer B0 { Ray rays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint occupancy[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint state[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint ray_counts[]; };
layout(set = 0, binding = 4) readonly buffer B4 { uint offsets[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { float samples[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { uint ray_of[]; };

#include "lib/march.glsl"

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    uint n = ray_counts[i], first = offsets[i];
    if (n == 0u || first + n > capacity) return;
    Ray r = rays[i];
    StepLaw law = StepLaw(cone, lambda, a, b, ta, tb);
    RayState m = RayState(vec3(r.ox, r.oy, r.oz), vec3(r.dx, r.dy, r.dz), stepNumber(law, r.t), 0u, r.tmax);
    vec3 p;
    float t, dt;
    for (uint j = 0u; j < n; j++) {
        if (!marchNext(m, law, max_mip, 0u, true, p, t, dt)) dt = 0.0;
        uint at = first + j;
        samples[at] = (p.x - lo_x) * inv_x;
        samples[capacity + at] = (p.y - lo_y) * inv_y;
        samples[2u * capacity + at] = (p.z - lo_z) * inv_z;
        samples[3u * capacity + at] = (r.dx + 1.0) * 0.5;
        samples[4u * capacity + at] = (r.dy + 1.0) * 0.5;
        samples[5u * capacity + at] = (r.dz + 1.0) * 0.5;
        samples[6u * capacity + at] = dt;
        ray_of[at] = i;
    }
}
