#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// dL/dposition of grid_encode: for each axis d
//   sum over levels, corners c and features f of dfeatures * feature(c, f) * scale * d(weight of c)/dt_d.
layout(local_size_x = 64, local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;
layout(constant_id = 3) const uint DIMS = 3;
layout(constant_id = 4) const uint FEATURES = 4;
layout(constant_id = 5) const uint LEVELS = 8;
layout(constant_id = 6) const uint INTERPOLATION = 0;
layout(constant_id = 7) const uint HALF = 0;

#include "lib/grid.glsl"

layout(set = 0, binding = 0) readonly buffer B0 { float positions[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Level levels[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint table[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float dfeatures[]; };
layout(set = 0, binding = 4) readonly buffer B4 { uint counts[]; };
layout(set = 0, binding = 5) buffer B5 { float dpositions[]; };

#include "lib/grid_push.glsl"
#include "lib/grid_table.glsl"

void main() {
    uint i = flatIndex();
    if (i >= min(counts[count_index], capacity)) return;
    vec4 x = gridPosition(i);
    vec4 dx = vec4(0.0);
    for (uint level = 0u; level < min(LEVELS, active_levels) && INTERPOLATION != GRID_NEAREST; level++) {
        Level l = levels[level];
        float d[8];
        uint at = (output_plane + level * FEATURES) * capacity + i;
        for (uint f = 0u; f < FEATURES; f++) d[f] = dfeatures[at + f * capacity];
        uvec4 cell;
        vec4 t;
        gridCell(l, x, cell, t);
        vec4 w = gridWeight(t);
        vec4 slope = gridWeightSlope(t);
        vec4 sum = vec4(0.0);
        for (uint c = 0u; c < gridCorners(); c++) {
            float row[8];
            for (uint f = 0u; f < 8u; f++) row[f] = 0.0;
            gridAccumulate(l.offset + gridIndex(l, gridVertex(cell, c)), 1.0, row);
            float s = 0.0;
            for (uint f = 0u; f < FEATURES; f++) s += d[f] * row[f];
            sum += s * gridCornerSlope(w, slope, c);
        }
        dx += l.scale * sum;
    }
    uint at = input_plane * capacity + i;
    for (uint d = 0u; d < DIMS; d++) {
        float before = accumulate != 0u ? dpositions[at + d * capacity] : 0.0;
        dpositions[at + d * capacity] = before + dx[d];
    }
}
