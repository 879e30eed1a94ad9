// Push constants and positions shared by the kernels of the grid encoding. The including shader declares
// `float positions[]` and the constant DIMS first.
layout(push_constant) uniform Push {
    uint capacity;       // values per plane
    uint count_index;    // counts[count_index] samples
    uint active_levels;  // finer levels give 0 and get no gradient
    uint input_plane;    // first plane of the position
    uint output_plane;   // first plane of the features
    uint accumulate;     // grid_encode_input: 1 adds to dpositions
};

vec4 gridPosition(uint i) {
    uint at = input_plane * capacity + i;
    vec4 x = vec4(positions[at], positions[at + capacity], 0.0, 0.0);
    if (DIMS > 2) x.z = positions[at + 2u * capacity];
    if (DIMS > 3) x.w = positions[at + 3u * capacity];
    return x;
}
