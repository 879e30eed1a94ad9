#ifndef RADIA_LOSS
#define RADIA_LOSS
// Losses of one value p against its target t, e = p - t. x: the loss, y: its derivative by p, in which the denominators
// of the relative losses count as constants. Numbers as in kernels.Loss; kernels/loss32.go holds the same statements.
#include "math.glsl"

const uint LOSS_L2 = 0u;
const uint LOSS_L1 = 1u;
const uint LOSS_HUBER = 2u;
const uint LOSS_MAPE = 3u;
const uint LOSS_SMAPE = 4u;
const uint LOSS_LOG_L1 = 5u;
const uint LOSS_RELATIVE_L2 = 6u;
const uint LOSS_RELATIVE_L1 = 7u;
const uint LOSS_CROSS_ENTROPY = 8u;

const float HUBER_DELTA = 0.1;
const float LOSS_GUARD = 0.01; // keeps relative denominators away from zero
const float CROSS_ENTROPY_FLOOR = 1e-6;

vec2 loss(uint kind, float p, float t) {
    float e = p - t;
    float a = abs(e);
    float s = sign(e);
    switch (kind) {
    case LOSS_L1: return vec2(a, s);
    case LOSS_HUBER: // a fifth of Huber's loss, so that its quadratic zone is e²
        return a <= HUBER_DELTA ? vec2(e * e, 2.0 * e) : vec2((a - 0.5 * HUBER_DELTA) * 0.2, 0.2 * s);
    case LOSS_MAPE: {
        float d = abs(t) + LOSS_GUARD;
        return vec2(a / d, s / d);
    }
    case LOSS_SMAPE: {
        float d = 0.5 * (abs(p) + abs(t)) + LOSS_GUARD;
        return vec2(a / d, s / d);
    }
    case LOSS_LOG_L1: return vec2(rLog(1.0 + a), s / (1.0 + a));
    case LOSS_RELATIVE_L2: {
        float d = p * p + LOSS_GUARD;
        return vec2(e * e / d, 2.0 * e / d);
    }
    case LOSS_RELATIVE_L1: {
        float d = abs(p) + LOSS_GUARD;
        return vec2(a / d, s / d);
    }
    case LOSS_CROSS_ENTROPY: {
        float q = max(p, CROSS_ENTROPY_FLOOR);
        return vec2(-t * rLog(q), -t / q);
    }
    }
    return vec2(e * e, 2.0 * e);
}
#endif
