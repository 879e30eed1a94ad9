#version 460
layout(local_size_x = 8, local_size_x_id = 0) in;
layout(constant_id = 0) const uint GROUP = 64;
layout(set = 0, binding = 0) buffer B { uint a[]; };
void main() { a[0] = GROUP; }
