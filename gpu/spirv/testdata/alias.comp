#version 460
layout(local_size_x = 8) in;
layout(constant_id = 3) const uint MINE = 1u;
layout(constant_id = 100) const uint DEVICE = 2u;
layout(set = 0, binding = 0) readonly buffer B0 { uint words[]; };
layout(set = 0, binding = 0) readonly buffer B0Wide { uvec4 wide[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { uint result[]; };
void main() { result[0] = words[MINE] + wide[DEVICE].y; }
