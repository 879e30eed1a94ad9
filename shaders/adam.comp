#version 460
#extension GL_GOOGLE_include_directive : require
// Adam (Kingma and Ba 2015, algorithm 1) with a step counter per parameter, in one pass with the exponential moving
// average and the fp16 copy of the parameters. Gradients are zeroed after use. Twin: kernels/adam.go.
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/schedule.glsl"

const uint DIMS = 3u;
const uint INTERPOLATION = 0u;
#include "lib/grid.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 3) const uint MATRIX = 1u;     // 1: l2 regularisation; 0: a gradient of exactly 0 skips the parameter
layout(constant_id = 4) const uint GRAD_FIXED = 0u; // 1: gradients are two words of fixed point, low first
layout(constant_id = 5) const uint WRITE_HALF = 0u; // 1: packed halves of the parameters
layout(constant_id = 6) const uint EMA = 0u;        // 1: exponential moving average

layout(set = 0, binding = 0) buffer B0 { float params[]; };
layout(set = 0, binding = 1) buffer B1 { uint grads[]; };
layout(set = 0, binding = 2) buffer B2 { float moments1[]; };
layout(set = 0, binding = 3) buffer B3 { float moments2[]; };
layout(set = 0, binding = 4) buffer B4 { uint steps[]; };
layout(set = 0, binding = 5) readonly buffer B5 { float correction[]; };
layout(set = 0, binding = 6) buffer B6 { Schedule schedule[]; };
layout(set = 0, binding = 7) buffer B7 { float ema[]; };
layout(set = 0, binding = 8) writeonly buffer B8 { uint halves[]; };

layout(push_constant) uniform Push {
    uint count;        // parameters; even
    uint corrections;  // length of the table of bias corrections
    float gradient_scale;
    float rate_scale;  // multiplies the learning rate of the schedule
    float beta1;
    float beta2;
    float epsilon;
    float l2;
} push;

float takeGradient(uint i) {
    if (GRAD_FIXED != 0u) {
        float g = gridFromFixed(grads[2u * i], grads[2u * i + 1u]);
        grads[2u * i] = 0u;
        grads[2u * i + 1u] = 0u;
        return g;
    }
    float g = uintBitsToFloat(grads[i]);
    grads[i] = 0u;
    return g;
}

float update(uint i) {
    float w = params[i];
    float raw = takeGradient(i);
    // By the bits: a compiler may assume that numbers are finite.
    if ((floatBitsToUint(raw) & 0x7f800000u) == 0x7f800000u) {
        atomicAdd(schedule[0].nonfinite, 1u);
        return w;
    }
    if (MATRIX == 0u && raw == 0.0)
        return w;
    float g = raw * push.gradient_scale;
    if (MATRIX != 0u)
        g += push.l2 * w;
    uint t = steps[i] + 1u;
    float m = push.beta1 * moments1[i] + (1.0 - push.beta1) * g;
    float v = push.beta2 * moments2[i] + (1.0 - push.beta2) * (g * g);
    float rate = schedule[0].learning_rate * push.rate_scale * correction[min(t, push.corrections - 1u)];
    w -= rate / (rSqrt(v) + push.epsilon) * m;
    steps[i] = t;
    moments1[i] = m;
    moments2[i] = v;
    params[i] = w;
    return w;
}

void average(uint i, float w) {
    ema[i] = ema[i] * schedule[0].ema_old + w * schedule[0].ema_new;
}

void main() {
    uint i = 2u * flatIndex();
    if (i >= push.count)
        return;
    float a = update(i);
    float b = update(i + 1u);
    if (WRITE_HALF != 0u)
        halves[i / 2u] = packHalf2x16(vec2(a, b));
    if (EMA != 0u) {
        average(i, a);
        average(i + 1u, b);
    }
}
