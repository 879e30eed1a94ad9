#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// As grid_encode_backward, but the gradient of element e is a 64-bit integer in units of 2^-40, low word at
// dtable[2e], high word at dtable[2e+1]. Integer addition does not depend on the order, so the sum is the same bits on
// every run. It is right while its magnitude stays below 2^23.
layout(local_size_x = 64, local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;
layout(constant_id = 3) const uint DIMS = 3;
layout(constant_id = 4) const uint FEATURES = 4;
layout(constant_id = 5) const uint LEVELS = 8;
layout(constant_id = 6) const uint INTERPOLATION = 0;

#include "lib/grid.glsl"

layout(set = 0, binding = 0) readonly buffer B0 { float positions[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Level levels[]; };
layout(set = 0, binding = 2) readonly buffer B2 { float dfeatures[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint counts[]; };
layout(set = 0, binding = 4) buffer B4 { uint dtable[]; };

#include "lib/grid_push.glsl"

// The low word's addition says by its old value whether it carried; each carry is added to the high word once, by the
// invocation that caused it, so both words are right when all additions are done.
void gridAdd(uint element, float value) {
    uvec2 v = gridToFixed(value);
    if (v.x != 0u) {
        uint before = atomicAdd(dtable[2u * element], v.x);
        v.y += before + v.x < before ? 1u : 0u;
    }
    if (v.y != 0u) atomicAdd(dtable[2u * element + 1u], v.y);
}

#include "lib/grid_scatter.glsl"
