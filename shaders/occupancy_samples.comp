#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/pcg32.glsl"
#include "lib/train_state.glsl"
#include "lib/occupancy.glsl"

// Points at which the density grid is measured: sample i of `total` tries up to ten pseudo-random cells of a random cascade
// until the stored density exceeds the threshold, and takes a random point of the last cell tried. Sample i has the draws
// 4i … 4i+3 of the grid's sequence, 2^32 further on for the second stream.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count, total; // this dispatch makes samples first … first+count-1
    uint cascades;
    uint capacity;
    uint stream;     // 0 for the uniform samples, 1 for the biased ones
    float threshold; // -0.01: any cell that can be trained; 0.01: occupied cells
    float lo_x, lo_y, lo_z, inv_x, inv_y, inv_z; // training box
};

layout(set = 0, binding = 0) readonly buffer B0 { float density_grid[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint state[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float samples[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { uint cells[]; };

void main() {
    uint at = flatIndex();
    if (at >= count) return;
    uint i = first + at;
    Pcg32 rng = Pcg32(uvec2(state[STATE_GRID_RNG_LO], state[STATE_GRID_RNG_HI]), uvec2(state[STATE_GRID_INC_LO], state[STATE_GRID_INC_HI]));
    pcgAdvance(rng, uvec2(i << 2, (i >> 30) + stream));
    uint c = uint(pcgFloat(rng) * float(cascades)) % cascades;
    uint cell = 0u;
    for (uint j = 0u; j < 10u; j++) {
        cell = ((i + state[STATE_GRID_STEP] * total) * 56924617u + j * 19349663u + 96925573u) & (GRID_CELLS - 1u);
        if (density_grid[c * GRID_CELLS + cell] > threshold) break;
    }
    vec3 p = vec3(unmorton3(cell));
    p.x += pcgFloat(rng);
    p.y += pcgFloat(rng);
    p.z += pcgFloat(rng);
    p = (p / 128.0 - 0.5) * power2(int(c)) + 0.5;
    samples[at] = (p.x - lo_x) * inv_x;
    samples[capacity + at] = (p.y - lo_y) * inv_y;
    samples[2u * capacity + at] = (p.z - lo_z) * inv_z;
    cells[at] = c * GRID_CELLS + cell;
}
