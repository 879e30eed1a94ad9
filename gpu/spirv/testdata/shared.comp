#version 460
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
layout(local_size_x_id = 0, local_size_y = 2) in;
layout(local_size_x = 64) in;
layout(constant_id = 3) const uint WIDTH = 16u;
layout(constant_id = 4) const bool WIDE = false;
layout(constant_id = 5) const int SHIFT = 1;
const uint PITCH = (WIDTH + 15u) / 16u * 16u + 1u;
const uint ROWS = WIDE ? 2u * gl_WorkGroupSize.x : gl_WorkGroupSize.x;
struct Pair { float a; uint b; };
shared float rows[ROWS * PITCH];
shared f16vec2 halves[WIDTH << SHIFT];
shared Pair pairs[3];
shared vec3 directions[2];
shared bool any_;
layout(set = 0, binding = 0) buffer B0 { float result[]; };
void main() {
    any_ = result[0] > 0.0;
    rows[gl_LocalInvocationIndex] = result[1];
    halves[gl_LocalInvocationIndex % WIDTH] = f16vec2(result[2]);
    pairs[gl_LocalInvocationIndex % 3u] = Pair(result[3], 1u);
    directions[gl_LocalInvocationIndex % 2u] = vec3(result[4]);
    barrier();
    if (any_) result[5] = rows[0] + float(halves[1].x) + pairs[2].a + directions[1].z;
}
