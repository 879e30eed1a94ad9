// What the network's raw outputs mean, and compositing along a ray: T is the transmittance before a sample,
// alpha = 1 - exp(-sigma dt) its opacity, w = alpha T its weight.
#ifndef RADIA_RADIANCE
#define RADIA_RADIANCE
#include "math.glsl"

const float TERMINATED = 1e-4; // training rays end below this transmittance

// Colour of a raw output: logistic, or the exponential for high dynamic range.
float colorOf(float raw, bool hdr) { return hdr ? rExp(clamp(raw, -10.0, 10.0)) : rSigmoid(raw); }

// Its derivative, from the colour itself.
float colorSlope(float value, bool hdr) { return hdr ? value : value * (1.0 - value); }

float densityOf(float raw) { return rExp(raw); }
float densitySlope(float raw) { return rExp(clamp(raw, -15.0, 15.0)); }
#endif
