#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/groups.glsl"

// Stage 3 of the un-fused frame: the next `steps` samples of every live ray as a list of positions, steps and rays; sample j
// of live ray s is element j*n + s, n the number of live rays. A ray that ends leaves its other samples with a step of 0 and
// has t at tmax; else the low bits of its flags hold the next lattice point, counted from t as in frame_pre, so that both
// evaluate the same points to the bit.
// state gets the number of elements and their groups. Twin: kernels/split_march.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    float cone, lambda, a, b, ta, tb; // step law
    uint min_mip, max_mip;
    uint capacity, steps;
    uint count_index, samples_index, groups_index; // words of state
    uint group_size;                               // of the kernel that runs over the samples
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint occupancy[]; };
layout(set = 0, binding = 2) buffer B2 { uint state[]; };
layout(set = 0, binding = 3) buffer B3 { Ray rays[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float positions[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { float lengths[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { uint ray_of[]; };

#include "lib/march.glsl"

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s == 0u) {
        state[samples_index] = n * steps;
        uvec3 groups = groupsFor(n * steps, group_size);
        state[groups_index] = groups.x;
        state[groups_index + 1u] = groups.y;
        state[groups_index + 2u] = groups.z;
    }
    if (s >= n) return;
    uint index = live[s];
    Ray r = rays[index];
    StepLaw law = StepLaw(cone, lambda, a, b, ta, tb);
    RayState m = RayState(vec3(r.ox, r.oy, r.oz), vec3(r.dx, r.dy, r.dz), stepNumber(law, r.t), r.flags & RAY_INDEX, r.tmax);
    bool more = true;
    for (uint j = 0u; j < steps; j++) {
        vec3 p = m.o;
        float t, dt = 0.0;
        if (more) more = marchNext(m, law, max_mip, min_mip, false, p, t, dt);
        if (!more) dt = 0.0;
        uint at = j * n + s;
        positions[at] = p.x;
        positions[capacity + at] = p.y;
        positions[2u * capacity + at] = p.z;
        lengths[at] = dt;
        ray_of[at] = index;
    }
    if (more) rays[index].flags = (r.flags & ~RAY_INDEX) | m.k;
    else rays[index].t = r.tmax;
}
