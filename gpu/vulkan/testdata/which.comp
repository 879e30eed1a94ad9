#version 450
// Says which variant ran, by computing something that only that variant can.
#if defined(HALF)
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_shader_16bit_storage : require
#elif defined(ATOMIC)
#extension GL_EXT_shader_atomic_float : require
#elif defined(SUBGROUP)
#extension GL_KHR_shader_subgroup_arithmetic : require
#endif
layout(local_size_x = 64) in;
#if defined(HALF)
layout(std430, set = 0, binding = 0) buffer Out { float16_t h[2]; float f[]; };
void main() {
    // 2048 + 1 is not a binary16 number: the sum stays 2048.
    if (gl_LocalInvocationID.x == 0) { h[0] = float16_t(2048.0); h[1] = h[0] + float16_t(1.0); f[0] = float(h[1]); }
}
#elif defined(ATOMIC)
layout(std430, set = 0, binding = 0) buffer Out { float w; float f[]; };
void main() { atomicAdd(f[0], 1.0); }
#elif defined(SUBGROUP)
layout(std430, set = 0, binding = 0) buffer Out { float w; float f[]; };
void main() {
    float s = subgroupAdd(1.0);
    if (subgroupElect()) f[gl_SubgroupID] = s;
}
#else
layout(std430, set = 0, binding = 0) buffer Out { float w; float f[]; };
void main() { if (gl_LocalInvocationID.x == 0) f[0] = 32.0; }
#endif
