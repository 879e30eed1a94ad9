// Compositing one sample into a pixel of a frame.
#ifndef RADIA_RADIANCE_ADD
#define RADIA_RADIANCE_ADD
#include "radiance.glsl"
#include "view.glsl"

// alpha = 1 - exp(-sigma dt), w = alpha (1 - A), C += w c, A += w. True where A exceeds 1 - min_transmittance: then the
// ray ends, and C and A are divided by A.
bool radianceAdd(inout Pixel p, vec4 raw, float dt, float depth, bool hdr, float minTransmittance) {
    float w = (1.0 - rExp(-densityOf(raw.w) * dt)) * (1.0 - p.a);
    p.r += w * colorOf(raw.x, hdr);
    p.g += w * colorOf(raw.y, hdr);
    p.b += w * colorOf(raw.z, hdr);
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
#endif
