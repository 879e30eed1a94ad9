// What a screen shows of a composited pixel: background, exposure, tone curve and bytes.
#ifndef RADIA_DISPLAY
#define RADIA_DISPLAY
#include "color.glsl"
#include "view.glsl"

const uint CURVE_ACES = 1u;
const uint CURVE_HABLE = 2u;
const uint CURVE_REINHARD = 3u;

struct Display {
    float back_r, back_g, back_b, back_a; // background as the network encodes colour, premultiplied by back_a
    float gain;          // factor of linear light
    uint curve;
    uint linear_colors;  // colours are linear, not sRGB
};

float hable(float x) { return (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3; }

float aces(float x) { return x * (0.9036 * x + 0.018) / (x * (0.8748 * x + 0.354) + 0.14); }

vec3 toneCurve(vec3 c, uint curve) {
    switch (curve) {
    case CURVE_ACES: return vec3(aces(c.x), aces(c.y), aces(c.z));
    case CURVE_HABLE: {
        float white = hable(11.2);
        return vec3(hable(2.0 * c.x) / white, hable(2.0 * c.y) / white, hable(2.0 * c.z) / white);
    }
    case CURVE_REINHARD: return c / (1.0 + (0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z));
    }
    return c;
}

uint toByte(float v) { return uint(clamp(v, 0.0, 1.0) * 255.0 + 0.5); }

// The sRGB bytes of a finished pixel over the background, blended as the network encodes colour; linear light only where gain or
// curve ask for it.
uint displayed(Pixel p, Display d) {
    float rest = 1.0 - p.a;
    vec3 c = vec3(p.r, p.g, p.b) + vec3(d.back_r, d.back_g, d.back_b) * rest;
    if (d.linear_colors != 0u || d.gain != 1.0 || d.curve != 0u) {
        if (d.linear_colors == 0u) c = srgbToLinear3(max(c, vec3(0.0)));
        c = linearToSrgb3(max(toneCurve(c * d.gain, d.curve), vec3(0.0)));
    }
    return toByte(c.x) | toByte(c.y) << 8 | toByte(c.z) << 16 | toByte(p.a + d.back_a * rest) << 24;
}
#endif
