// Push constants shared by encode_reduce and encode_reduce_backward. Output k of part p of sample i is at
// planes[(from_plane + p*outputs + k)*capacity + i], and the result at planes[(to_plane + k)*capacity + i].
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;     // values per plane
    uint count_index;  // counts[count_index] samples
    uint product;      // 0 adds the parts, 1 multiplies them
    uint parts;
    uint outputs;      // of each part
    uint from_plane;
    uint to_plane;
};

uint partAt(uint p, uint k, uint i) { return (from_plane + p * outputs + k) * capacity + i; }
uint resultAt(uint k, uint i) { return (to_plane + k) * capacity + i; }
