#version 460
#extension GL_EXT_shader_16bit_storage : require
layout(local_size_x = 8) in;
layout(set = 0, binding = 0) buffer B { float16_t a[]; };
void main() { a[0] = float16_t(1.0); }
