#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"

// Stage 4 of the un-fused frame: the network's inputs for every sample of split_march, position (p - lo)/size in the
// training box and direction (d + 1)/2. Twin: kernels/split_inputs.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    float lo_x, lo_y, lo_z, inv_x, inv_y, inv_z; // training box: lower corner and 1/size
    uint capacity, count_index;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Ray rays[]; };
layout(set = 0, binding = 2) readonly buffer B2 { float positions[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint ray_of[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float samples[]; };

void main() {
    uint i = flatIndex();
    if (i >= min(state[count_index], capacity)) return;
    Ray r = rays[ray_of[i]];
    samples[i] = (positions[i] - lo_x) * inv_x;
    samples[capacity + i] = (positions[capacity + i] - lo_y) * inv_y;
    samples[2u * capacity + i] = (positions[2u * capacity + i] - lo_z) * inv_z;
    samples[3u * capacity + i] = (r.dx + 1.0) * 0.5;
    samples[4u * capacity + i] = (r.dy + 1.0) * 0.5;
    samples[5u * capacity + i] = (r.dz + 1.0) * 0.5;
}
