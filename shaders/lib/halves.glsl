#ifndef RADIA_HALVES
#define RADIA_HALVES
// Pairs of halves in workgroup memory, included behind lib/coop.glsl or lib/packed.glsl.
const uint PAD = 8u; // halves behind a row of weights: the rows of a matrix start in different banks

// The largest fp16 number; what is larger stays there rather than become infinite.
const float HALF_MAX = 65504.0;

HalfPair halves(float x, float y) { return halfPair(clamp(x, -HALF_MAX, HALF_MAX), clamp(y, -HALF_MAX, HALF_MAX)); }
#endif
