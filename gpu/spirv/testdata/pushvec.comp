#version 460
layout(local_size_x = 8) in;
layout(push_constant) uniform Push { vec2 v; };
layout(set = 0, binding = 0) buffer B { float a[]; };
void main() { a[0] = v.x; }
