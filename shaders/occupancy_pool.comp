#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/occupancy.glsl"

// Makes one cascade cover what the next finer one holds: eight fine cells, one byte in Morton order, give one coarse cell
// in the central half. Dispatched for level 1, 2, … 7 in turn, one invocation for each word of the level.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint level;
};

layout(set = 0, binding = 0) buffer B0 { uint occupancy[]; };

void main() {
    uint word = flatIndex();
    if (word >= GRID_WORDS) return;
    uint bits = 0u;
    for (uint k = 0u; k < 4u; k++) {
        uvec3 block = unmorton3(word * 4u + k) - 16u; // in bytes, blocks of 2³ cells; wraps below the centre
        if (block.x >= 32u || block.y >= 32u || block.z >= 32u) continue;
        uint source = (level - 1u) * GRID_WORDS + morton3(block) * 2u;
        uint a = occupancy[source], b = occupancy[source + 1u];
        for (uint j = 0u; j < 4u; j++) {
            if ((a >> (8u * j) & 255u) != 0u) bits |= 1u << (8u * k + j);
            if ((b >> (8u * j) & 255u) != 0u) bits |= 1u << (8u * k + j + 4u);
        }
    }
    if (bits != 0u) occupancy[level * GRID_WORDS + word] |= bits;
}
