#version 460
#extension GL_GOOGLE_include_directive : require

// Each workgroup sums max(v, 0) over 8,192 cells in a fixed order: 256 sums, two to an
// invocation, added in a tree.
layout(local_size_x = 128) in;

layout(set = 0, binding = 0) readonly buffer B0 { float density_grid[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { float sums[]; };

shared float part[256];

void main() {
    uint local = gl_LocalInvocationID.x;
    uint base = gl_WorkGroupID.x * 8192u;
    for (uint own = local; own < 256u; own += gl_WorkGroupSize.x) {
        precise float sum = 0.0;
        for (uint i = own; i < 8192u; i += 256u) sum = sum + max(density_grid[base + i], 0.0);
        part[own] = sum;
    }
    barrier();
    for (uint half_ = 128u; half_ > 0u; half_ >>= 1) {
        if (local < half_) part[local] = part[local] + part[local + half_];
        barrier();
    }
    if (local == 0u) sums[gl_WorkGroupID.x] = part[0];
}
