#version 460
layout(local_size_x = 8) in;
layout(set = 0, binding = 0) buffer B { uint n; uint a[]; };
void main() { a[0] = n; }
