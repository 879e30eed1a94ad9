// The step law maps a distance t to a number n(t) so that one step is n + 1, and the span of a ray in a box.
#ifndef RADIA_STEP
#define RADIA_STEP
#include "math.glsl"

const float STEP_MIN = 0.00169145586; // sqrt(3)/1024
const float STEP_MAX = 1.73205081;    // sqrt(3)
const float FAR = 16384.0;

// Constants of the step law, made by kernels.NewStepLaw; lambda = ln(1+cone), 0 for constant steps.
struct StepLaw {
    float cone, lambda, a, b, ta, tb;
};

float stepNumber(StepLaw s, float t) {
    if (s.lambda == 0.0) return t / STEP_MIN;
    if (t <= s.ta) return (t - s.ta) / STEP_MIN + s.a;
    if (t <= s.tb) return rLog(t) / s.lambda;
    return (t - s.tb) / STEP_MAX + s.b;
}

float stepPosition(StepLaw s, float n) {
    if (s.lambda == 0.0) return n * STEP_MIN;
    if (n <= s.a) return (n - s.a) * STEP_MIN + s.ta;
    if (n <= s.b) return rExp(n * s.lambda);
    return (n - s.b) * STEP_MAX + s.tb;
}

// t(n+1) - t(n); inside one zone the closed form, which has no cancellation.
float stepSize(StepLaw s, float n, float t) {
    if (s.lambda == 0.0 || n + 1.0 <= s.a) return STEP_MIN;
    if (n >= s.b) return STEP_MAX;
    if (n >= s.a && n + 1.0 <= s.b) return t * s.cone;
    return stepPosition(s, n + 1.0) - t;
}

// Entry and exit of the box; false when the ray misses it or leaves it before t = 0.
bool boxSpan(vec3 o, vec3 d, vec3 lo, vec3 hi, out float t0, out float t1) {
    t0 = -FAR;
    t1 = FAR;
    for (int i = 0; i < 3; i++) {
        if (d[i] == 0.0) {
            if (o[i] < lo[i] || o[i] > hi[i]) return false;
            continue;
        }
        float a = (lo[i] - o[i]) / d[i], b = (hi[i] - o[i]) / d[i];
        t0 = max(t0, min(a, b));
        t1 = min(t1, max(a, b));
    }
    return t0 < t1 && t1 > 0.0;
}

#endif
