#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/color.glsl"
#include "lib/camera.glsl"
#include "lib/activation.glsl"

// One function of the libraries over an array of arguments: values[i] = f(x[i], y[i]). Only the conformance suite runs
// it: inside the kernels a function is seen at the arguments that happen to occur, and its errors hide among others.
layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 3) const uint FUNCTION = 0u; // numbers as in kernels.SweepFunction

layout(push_constant) uniform Push {
    uint count;
};

layout(set = 0, binding = 0) readonly buffer B0 { float x[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float y[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float values[]; };

const uint SWEEP_ACTIVATION = 16u;
const uint SWEEP_SLOPE = 32u;

float evaluate(float a, float b) {
    if (FUNCTION >= SWEEP_SLOPE) return activationSlope(FUNCTION - SWEEP_SLOPE, a);
    if (FUNCTION >= SWEEP_ACTIVATION) return activate(FUNCTION - SWEEP_ACTIVATION, a);
    switch (FUNCTION) {
    case 0u: return rExp(a);
    case 1u: return rLog(a);
    case 2u: return rPow(a, b);
    case 3u: return rSinPi(a);
    case 4u: return rCosPi(a);
    case 5u: return rSigmoid(a);
    case 6u: return rSqrt(a);
    case 7u: return srgbToLinear(a);
    case 8u: return linearToSrgb(a);
    }
    return angleFromAxis(a, b);
}

void main() {
    uint i = flatIndex();
    if (i >= count) {
        return;
    }
    values[i] = evaluate(x[i], y[i]);
}
