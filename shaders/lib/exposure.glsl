// An image's exposure in stops, one a channel, and the state of its optimiser.
#ifndef RADIA_EXPOSURE
#define RADIA_EXPOSURE
const float LN2 = 0.693147180559945309417;

struct ExposureAdam {
    uint iter;
    float m0, m1, m2, v0, v1, v2, x0, x1, x2;
};
#endif
