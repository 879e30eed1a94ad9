#version 460
layout(local_size_x = 8) in;
layout(set = 0, binding = 0) uniform B { uint a; };
layout(set = 0, binding = 1) buffer C { uint b[]; };
void main() { b[0] = a; }
