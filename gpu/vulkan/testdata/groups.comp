#version 450
// groups = {n, 1, 1}: writes the group counts of a later indirect dispatch
layout(local_size_x = 1) in;
layout(std430, set = 0, binding = 0) writeonly buffer G { uint groups[3]; };
layout(push_constant) uniform Push { uint n; };
void main() { groups[0] = n; groups[1] = 1; groups[2] = 1; }
