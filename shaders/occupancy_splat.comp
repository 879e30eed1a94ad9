#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/math.glsl"

// Keeps the largest optical thickness exp(density)·sqrt(3)/1024 measured in each cell. Floats that are not negative order
// like their bits, so an unsigned maximum does it in any order; what is not a number is left out.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;
};

layout(set = 0, binding = 0) readonly buffer B0 { float density[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint cells[]; };
layout(set = 0, binding = 2) buffer B2 { uint measured[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    uint bits = floatBitsToUint(rExp(density[i]) * 0.00169145586);
    if (bits <= 0x7f800000u) atomicMax(measured[cells[i]], bits);
}
