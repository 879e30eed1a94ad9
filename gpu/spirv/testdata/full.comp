#version 460
layout(local_size_x = 64, local_size_y = 2, local_size_x_id = 0, local_size_z_id = 2) in;
layout(constant_id = 5) const uint LEVELS = 16;
layout(constant_id = 3) const float SCALE = 0.5;
layout(constant_id = 4) const int SHIFT = -2;
layout(constant_id = 6) const bool SMOOTH = true;
struct Level { float scale; uint resolution; int shift; float extra[3]; };
layout(push_constant) uniform Push { uint count; float weight; int offset; uint table[4]; } push;
layout(set = 0, binding = 2) buffer B2 { uint both[]; };
layout(set = 0, binding = 0) readonly buffer B0 { Level levels[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { float result[]; };
layout(set = 0, binding = 3) buffer B3 { uint fixed_size[4]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    Level l = levels[i];
    result[i] = l.scale * SCALE * push.weight + (SMOOTH ? 1.0 : 0.0) + float(LEVELS + SHIFT);
    both[i] += push.table[i & 3u] + fixed_size[0];
}
