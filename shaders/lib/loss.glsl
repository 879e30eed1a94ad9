// Losses of one channel: value and derivative with respect to the prediction. e = prediction - target. The relative losses
// divide by the prediction, which is held constant in the derivative.
#ifndef RADIA_LOSS
#define RADIA_LOSS
#include "math.glsl"

const uint LOSS_L2 = 0u;
const uint LOSS_L1 = 1u;
const uint LOSS_HUBER = 2u; // delta 0.1, divided by 5, so that it equals L2 near zero
const uint LOSS_MAPE = 3u;
const uint LOSS_SMAPE = 4u;
const uint LOSS_LOG_L1 = 5u;
const uint LOSS_RELATIVE_L2 = 6u;

float lossValue(uint kind, float prediction, float target) {
    float e = prediction - target, a = abs(e);
    switch (kind) {
    case LOSS_L1: return a;
    case LOSS_HUBER: return a <= 0.1 ? e * e : (a - 0.05) / 5.0;
    case LOSS_MAPE: return a / (abs(prediction) + 0.01);
    case LOSS_SMAPE: return a / (0.5 * (abs(prediction) + abs(target)) + 0.01);
    case LOSS_LOG_L1: return rLog(1.0 + a);
    case LOSS_RELATIVE_L2: return e * e / (prediction * prediction + 0.01);
    }
    return e * e;
}

float lossSlope(uint kind, float prediction, float target) {
    float e = prediction - target, a = abs(e), s = e < 0.0 ? -1.0 : 1.0;
    switch (kind) {
    case LOSS_L1: return s;
    case LOSS_HUBER: return a <= 0.1 ? 2.0 * e : 0.2 * s;
    case LOSS_MAPE: return s / (abs(prediction) + 0.01);
    case LOSS_SMAPE: return s / (0.5 * (abs(prediction) + abs(target)) + 0.01);
    case LOSS_LOG_L1: return s / (1.0 + a);
    case LOSS_RELATIVE_L2: return 2.0 * e / (prediction * prediction + 0.01);
    }
    return 2.0 * e;
}
#endif
