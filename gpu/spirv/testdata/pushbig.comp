#version 460
layout(local_size_x = 8) in;
layout(push_constant) uniform Push { float v[33]; };
layout(set = 0, binding = 0) buffer B { float a[]; };
void main() { a[0] = v[0]; }
