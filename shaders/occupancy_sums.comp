#version 460
#extension GL_GOOGLE_include_directive : require

// Each workgroup sums max(v, 0) over 8,192 cells in a fixed order.
layout(local_size_x = 256) in;

layout(set = 0, binding = 0) readonly buffer B0 { float density_grid[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { float sums[]; };

shared float part[256];

void main() {
    uint local = gl_LocalInvocationID.x;
    uint base = gl_WorkGroupID.x * 8192u;
    precise float sum = 0.0;
    for (uint i = local; i < 8192u; i += 256u) sum = sum + max(density_grid[base + i], 0.0);
    part[local] = sum;
    barrier();
    for (uint half_ = 128u; half_ > 0u; half_ >>= 1) {
        if (local < half_) part[local] = part[local] + part[local + half_];
        barrier();
    }
    if (local == 0u) sums[gl_WorkGroupID.x] = part[0];
}
