// Specialization and push constants shared by encode and encode_input.
layout(local_size_x = 64, local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 2) in;
layout(constant_id = 3) const uint KIND = 0;  // which encoding
layout(constant_id = 4) const uint DIMS = 3;  // dimensions encoded
layout(constant_id = 5) const uint P0 = 4;    // first and second parameter of the encoding
layout(constant_id = 6) const uint P1 = 0;

layout(push_constant) uniform Push {
    uint capacity;      // values per plane
    uint count_index;   // counts[count_index] samples
    uint input_plane;   // first plane that is encoded
    uint output_plane;  // first plane of the features
    uint accumulate;    // encode_input: 1 adds to dinputs
};
