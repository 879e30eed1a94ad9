#version 460
#extension GL_GOOGLE_include_directive : require
//radia:variant atomicfloat needs=atomicFloat define=ATOMIC_FLOAT=1
#ifdef ATOMIC_FLOAT
#extension GL_EXT_shader_atomic_float : require
#endif
#include "lib/index.glsl"

// dtable[row*FEATURES + f] += weight * dfeatures, in float32: dL/dtable of grid_encode. The order of the additions is
// the device's, so the last bits differ from run to run; grid_encode_backward_fixed is the deterministic form.
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
#ifdef ATOMIC_FLOAT
layout(set = 0, binding = 4) buffer B4 { float dtable[]; };
#else
layout(set = 0, binding = 4) buffer B4 { uint dtable[]; };
#endif

#include "lib/grid_push.glsl"

void gridAdd(uint element, float value) {
#ifdef ATOMIC_FLOAT
    atomicAdd(dtable[element], value);
#else
    uint seen = dtable[element];
    uint before;
    do {
        before = seen;
        seen = atomicCompSwap(dtable[element], before, floatBitsToUint(uintBitsToFloat(before) + value));
    } while (seen != before);
#endif
}

#include "lib/grid_scatter.glsl"
