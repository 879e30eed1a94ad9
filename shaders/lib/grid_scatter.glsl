// The body of grid_encode_backward: scatters weight * dL/dfeature to the rows that the forward pass read. The
// including shader defines gridAdd(element, value) for its form of the gradient.
void main() {
    uint i = flatIndex();
    if (i >= min(counts[count_index], capacity)) return;
    vec4 x = gridPosition(i);
    for (uint level = gl_WorkGroupID.z; level < min(LEVELS, active_levels); level += gl_NumWorkGroups.z) {
        Level l = levels[level];
        float d[8];
        uint at = (output_plane + level * FEATURES) * capacity + i;
        bool any = false;
        for (uint f = 0u; f < FEATURES; f++) {
            d[f] = dfeatures[at + f * capacity];
            any = any || d[f] != 0.0;
        }
        if (!any) continue;
        uvec4 cell;
        vec4 t;
        gridCell(l, x, cell, t);
        vec4 w = gridWeight(t);
        for (uint c = 0u; c < gridCorners(); c++) {
            uint first = (l.offset + gridIndex(l, gridVertex(cell, c))) * FEATURES;
            float weight = gridCornerWeight(w, c);
            for (uint f = 0u; f < FEATURES; f++) gridAdd(first + f, weight * d[f]);
        }
    }
}
