#version 460
layout(local_size_x = 8) in;
layout(set = 0, binding = 0, r32ui) uniform uimage2D im;
void main() { imageStore(im, ivec2(0), uvec4(1)); }
