// Adam on a few numbers with an optimiser of their own (Kingma and Ba 2015, algorithm 1).
#ifndef RADIA_SMALL_ADAM
#define RADIA_SMALL_ADAM
#include "math.glsl"

// The rate of step t, from 1 on, with the moments' bias taken out.
float adamRate(float rate, float t, float beta1, float beta2) { return rate * sqrt(1.0 - rPow(beta2, t)) / (1.0 - rPow(beta1, t)); }

// x = first moment, y = second moment, z = step to add.
vec3 adamStep(float g, float m, float v, float rate, float beta1, float beta2, float epsilon) {
    precise float m2 = beta1 * m + (1.0 - beta1) * g;
    precise float v2 = beta2 * v + (1.0 - beta2) * (g * g);
    return vec3(m2, v2, -rate * m2 / (sqrt(v2) + epsilon));
}
#endif
