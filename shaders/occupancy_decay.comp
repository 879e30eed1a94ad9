#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// Merges a measurement into the density grid and clears it: v = max(v*decay, measured), cells that can never be trained
// (v < 0) stay.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
    float decay;
};

layout(set = 0, binding = 0) buffer B0 { float density_grid[]; };
layout(set = 0, binding = 1) buffer B1 { uint measured[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    float v = density_grid[i];
    if (!(v < 0.0)) density_grid[i] = max(v * decay, uintBitsToFloat(measured[i]));
    measured[i] = 0u;
}
