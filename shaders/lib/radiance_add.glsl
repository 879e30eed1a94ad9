// Compositing one sample into a pixel of a frame.
#ifndef RADIA_RADIANCE_ADD
#define RADIA_RADIANCE_ADD
#include "radiance.glsl"
#include "view.glsl"

// w = alpha (1 - A), C += w c, A += w. True where A exceeds 1 - min_transmittance: then the ray ends, and C and A are divided
// by A.
bool colorAdd(inout Pixel p, vec3 c, float alpha, float depth, float minTransmittance) {
    float w = alpha * (1.0 - p.a);
    p.r += w * c.x;
    p.g += w * c.y;
    p.b += w * c.z;
    p.a += w;
    p.cost += 1.0;
    if (w > p.weight) {
        p.weight = w;
        p.depth = depth;
    }
    if (!(p.a > 1.0 - minTransmittance)) return false;
    p.r /= p.a;
    p.g /= p.a;
    p.b /= p.a;
    p.a = 1.0;
    return true;
}

// The same from the network's raw outputs, with alpha = 1 - exp(-sigma dt).
bool radianceAdd(inout Pixel p, vec4 raw, float dt, float depth, bool hdr, float minTransmittance) {
    vec3 c = vec3(colorOf(raw.x, hdr), colorOf(raw.y, hdr), colorOf(raw.z, hdr));
    return colorAdd(p, c, 1.0 - rExp(-densityOf(raw.w) * dt), depth, minTransmittance);
}
#endif
