// The sRGB transfer functions of the reference: the encoding exponent is 0.41666, not exactly 1/2.4.
#ifndef RADIA_COLOR
#define RADIA_COLOR
#include "math.glsl"

float srgbToLinear(float s) { return s <= 0.04045 ? s / 12.92 : rPow((s + 0.055) / 1.055, 2.4); }

float linearToSrgb(float v) { return v < 0.0031308 ? 12.92 * v : 1.055 * rPow(v, 0.41666) - 0.055; }

vec3 srgbToLinear3(vec3 c) { return vec3(srgbToLinear(c.x), srgbToLinear(c.y), srgbToLinear(c.z)); }
vec3 linearToSrgb3(vec3 c) { return vec3(linearToSrgb(c.x), linearToSrgb(c.y), linearToSrgb(c.z)); }
#endif
