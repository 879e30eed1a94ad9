#version 460
layout(local_size_x = 8) in;
layout(push_constant) uniform Push { uint a0; layout(offset = 8) uint a1; };
layout(set = 0, binding = 0) buffer B { uint a[]; };
void main() { a[0] = a0 + a1; }
