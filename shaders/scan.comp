#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/scan_block.glsl"
#include "lib/groups.glsl"

// Exclusive prefix sum: offsets[i] = values[0] + … + values[i-1], for n = state[count_index]. It writes the total, the total
// clamped so that no value reaches beyond the capacity (the start of the first value that would), and the groups of an
// indirect dispatch over the clamped total. Needs the block sums of scan_blocks.
layout(local_size_x = 128) in;

layout(push_constant) uniform Push {
    uint count_index;
    uint capacity;
    uint clamped_index; // words of state
    uint total_index;
    uint groups_index;
    uint group_size;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint values[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint sums[]; };
layout(set = 0, binding = 2) buffer B2 { uint state[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { uint offsets[]; };

void finish(uint clamped) {
    state[clamped_index] = clamped;
    uvec3 groups = groupsFor(clamped, group_size);
    state[groups_index] = groups.x;
    state[groups_index + 1u] = groups.y;
    state[groups_index + 2u] = groups.z;
}

void main() {
    uint n = state[count_index];
    uint block = gl_WorkGroupID.x, local = gl_LocalInvocationID.x;
    if (block * SCAN_BLOCK >= n) return; // the whole workgroup
    uint v = 0u;
    for (uint j = local; j < block; j += SCAN_GROUP) v += sums[j];
    uint before = scanReduce(v);

    uint base = block * SCAN_BLOCK + local * SCAN_OWN;
    uint value[SCAN_OWN];
    uint mine = 0u;
    for (uint j = 0u; j < SCAN_OWN; j++) {
        value[j] = base + j < n ? values[base + j] : 0u;
        mine += value[j];
    }
    // Inclusive scan over the workgroup (Hillis and Steele 1986).
    barrier();
    scanShared[local] = mine;
    barrier();
    for (uint step_ = 1u; step_ < SCAN_GROUP; step_ <<= 1) {
        uint left = local >= step_ ? scanShared[local - step_] : 0u;
        barrier();
        scanShared[local] += left;
        barrier();
    }
    uint at = before + scanShared[local] - mine;
    for (uint j = 0u; j < SCAN_OWN; j++) {
        if (base + j >= n) break;
        offsets[base + j] = at;
        uint next = at + value[j];
        // Exactly one invocation finds the end: the first value that does not fit, or else the last value.
        if (at <= capacity && next > capacity) finish(at);
        if (base + j == n - 1u) {
            state[total_index] = next;
            if (next <= capacity) finish(next);
        }
        at = next;
    }
}
