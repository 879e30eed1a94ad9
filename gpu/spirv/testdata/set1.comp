#version 460
layout(local_size_x = 8) in;
layout(set = 1, binding = 0) buffer B { uint a[]; };
void main() { a[0] = 1; }
