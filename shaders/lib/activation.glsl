#ifndef RADIA_ACTIVATION
#define RADIA_ACTIVATION
// Activation functions of the networks and their derivatives. Numbers as in kernels.Activation.
#include "math.glsl"

const uint ACT_NONE = 0u;
const uint ACT_RELU = 1u;
const uint ACT_LEAKY_RELU = 2u;
const uint ACT_SILU = 3u;
const uint ACT_EXPONENTIAL = 4u;
const uint ACT_SINE = 5u;
const uint ACT_SIGMOID = 6u;
const uint ACT_SQUAREPLUS = 7u;
const uint ACT_SOFTPLUS = 8u;
const uint ACT_TANH = 9u;

const float INVERSE_PI = 0.318309886;
const float LEAKY_SLOPE = 0.01;
const float PLUS_SHARPNESS = 10.0; // K of squareplus and softplus

// The derivative of these two is not a function of the value, so their argument is kept for the backward pass.
bool keepsArgument(uint kind) { return kind == ACT_SILU || kind == ACT_SINE; }

float squareplus(float x) {
    float z = PLUS_SHARPNESS * x;
    float r = sqrt(z * z + 4.0);
    // The two forms are equal; for z < 0 the first would cancel.
    return (z < 0.0 ? 2.0 / (r - z) : 0.5 * (z + r)) / PLUS_SHARPNESS;
}

float softplus(float x) {
    float z = PLUS_SHARPNESS * x;
    return (max(z, 0.0) + rLog(1.0 + rExp(-abs(z)))) / PLUS_SHARPNESS;
}

float hyperbolicTangent(float x) {
    float e = rExp(-2.0 * abs(x));
    float t = (1.0 - e) / (1.0 + e);
    return x < 0.0 ? -t : t;
}

float activate(uint kind, float x) {
    switch (kind) {
    case ACT_RELU: return max(x, 0.0);
    case ACT_LEAKY_RELU: return x > 0.0 ? x : LEAKY_SLOPE * x;
    case ACT_SILU: return x * rSigmoid(x);
    case ACT_EXPONENTIAL: return rExp(x);
    case ACT_SINE: return rSinPi(INVERSE_PI * x);
    case ACT_SIGMOID: return rSigmoid(x);
    case ACT_SQUAREPLUS: return squareplus(x);
    case ACT_SOFTPLUS: return softplus(x);
    case ACT_TANH: return hyperbolicTangent(x);
    }
    return x;
}

// Derivative from what the forward pass kept: the value, or the argument where keepsArgument says so.
float activationSlope(uint kind, float kept) {
    switch (kind) {
    case ACT_RELU: return kept > 0.0 ? 1.0 : 0.0;
    case ACT_LEAKY_RELU: return kept > 0.0 ? 1.0 : LEAKY_SLOPE;
    case ACT_SILU: {
        float s = rSigmoid(kept);
        return s * (1.0 + kept * (1.0 - s));
    }
    case ACT_EXPONENTIAL: return kept;
    case ACT_SINE: return rCosPi(INVERSE_PI * kept);
    case ACT_SIGMOID: return kept * (1.0 - kept);
    case ACT_SQUAREPLUS: {
        float s = PLUS_SHARPNESS * kept;
        return s * s / (s * s + 1.0);
    }
    case ACT_SOFTPLUS: return 1.0 - rExp(-PLUS_SHARPNESS * kept);
    case ACT_TANH: return 1.0 - kept * kept;
    }
    return 1.0;
}
#endif
