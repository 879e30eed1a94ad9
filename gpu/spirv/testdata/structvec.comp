#version 460
layout(local_size_x = 8) in;
struct Pair { float a; vec2 b; };
layout(set = 0, binding = 0) buffer B { Pair p[]; };
void main() { p[0].a = 1; }
