#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/occupancy.glsl"

// The bitfield of all eight cascades: a cell is occupied when its value exceeds min(0.01, mean); cascades beyond those of
// the density grid are empty. One invocation makes a word of 32 cells.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint cascades;
};

layout(set = 0, binding = 0) readonly buffer B0 { float density_grid[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float grid_mean[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { uint occupancy[]; };

void main() {
    uint word = flatIndex();
    if (word >= 8u * GRID_WORDS) return;
    uint bits = 0u;
    if (word < cascades * GRID_WORDS) {
        float threshold = min(0.01, grid_mean[0]);
        for (uint b = 0u; b < 32u; b++) bits |= density_grid[word * 32u + b] > threshold ? 1u << b : 0u;
    }
    occupancy[word] = bits;
}
