// A training ray from its origin and unit direction: its span in the training box and its jittered first sample.
#ifndef RADIA_TRAIN_SPAN
#define RADIA_TRAIN_SPAN
#include "ray.glsl"
#include "step.glsl"

Ray spannedRay(vec3 o, vec3 d, bool alive, float jitter, float cosine, uint image, vec3 lo, vec3 hi, StepLaw law) {
    float t0, t1;
    alive = boxSpan(o, d, lo, hi, t0, t1) && alive;
    if (!alive) {
        t0 = 0.0;
        t1 = 0.0;
    }
    float t = stepPosition(law, stepNumber(law, max(t0, 0.0)) + jitter);
    return Ray(o.x, o.y, o.z, d.x, d.y, d.z, t, t1, cosine, (alive ? RAY_ALIVE : 0u) | (image & RAY_INDEX));
}
#endif
