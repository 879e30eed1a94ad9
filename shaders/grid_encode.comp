#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"

// features[output_plane + level*FEATURES + f][i] = interpolated feature f of the level at positions[i], for i below
// counts[count_index]. Workgroups with the same z share a level; fewer workgroups along z than levels loop.
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
layout(set = 0, binding = 3) readonly buffer B3 { uint counts[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float features[]; };

#include "lib/grid_push.glsl"
#include "lib/grid_table.glsl"

void main() {
    uint i = flatIndex();
    if (i >= min(counts[count_index], capacity)) return;
    vec4 x = gridPosition(i);
    for (uint level = gl_WorkGroupID.z; level < LEVELS; level += gl_NumWorkGroups.z) {
        float acc[8];
        if (level < active_levels) {
            gridLookup(levels[level], x, acc);
        } else {
            for (uint f = 0u; f < 8u; f++) acc[f] = 0.0;
        }
        uint at = (output_plane + level * FEATURES) * capacity + i;
        for (uint f = 0u; f < FEATURES; f++) features[at + f * capacity] = acc[f];
    }
}
