// The ray of a pixel of a frame: sub-pixel offset, lens, depth of field and near distance, then its span in the render box
// and a jittered first lattice point.
#ifndef RADIA_VIEW_RAY
#define RADIA_VIEW_RAY
#include "camera.glsl"
#include "ray.glsl"
#include "sobol.glsl"
#include "step.glsl"
#include "view.glsl"

// Shirley and Chiu 1997: the unit square onto the unit disc, keeping areas.
vec2 squareToDisc(vec2 s) {
    vec2 p = 2.0 * s - 1.0;
    if (p.x == 0.0 && p.y == 0.0) return p;
    float r, turn; // the angle is turn*pi
    if (abs(p.x) > abs(p.y)) {
        r = p.x;
        turn = 0.25 * (p.y / p.x);
    } else {
        r = p.y;
        turn = 0.5 - 0.25 * (p.x / p.y);
    }
    return r * vec2(rCosPi(turn), rSinPi(turn));
}

// Origin and unit direction; false where the lens sees nothing.
bool viewRay(Camera c, View v, uint pixel, out vec3 o, out vec3 d) {
    uint x = pixel % c.width, y = pixel / c.width;
    vec2 offset = vec2(0.5);
    if (v.snap == 0u) offset = fract(vec2(0.5) - sobol2(0u, 0xdeadbeefu) + sobol2(v.spp, 0xdeadbeefu));
    float len;
    bool seen = cameraRay(c, vec2((float(x) + offset.x) / float(c.width), (float(y) + offset.y) / float(c.height)), o, d, len);
    if (v.aperture != 0.0) {
        vec2 q = squareToDisc(sobol2(v.spp, x * 19349663u + y * 96925573u)) * v.aperture;
        vec3 target = o + d * (v.focus * len);
        o += cameraToWorld(c, vec3(q, 0.0));
        d = target - o;
        d /= sqrt(dot(d, d));
    }
    o += d * v.near;
    return seen;
}

// Cosine of the direction to the camera's axis, 1 for lenses that see everything.
float viewCosine(Camera c, vec3 d) { return cameraSeesAll(c) ? 1.0 : dot(cameraForward(c), d); }

// The first lattice point inside the box and where the ray leaves it; false where it misses, then both are 0.
bool viewSpan(View v, StepLaw law, uint pixel, vec3 o, vec3 d, bool seen, out float t, out float tmax) {
    vec3 lo = vec3(v.b00 * o.x + v.b01 * o.y + v.b02 * o.z, v.b10 * o.x + v.b11 * o.y + v.b12 * o.z, v.b20 * o.x + v.b21 * o.y + v.b22 * o.z);
    vec3 ld = vec3(v.b00 * d.x + v.b01 * d.y + v.b02 * d.z, v.b10 * d.x + v.b11 * d.y + v.b12 * d.z, v.b20 * d.x + v.b21 * d.y + v.b22 * d.z);
    float t0;
    bool hit = boxSpan(lo, ld, vec3(v.lo_x, v.lo_y, v.lo_z), vec3(v.hi_x, v.hi_y, v.hi_z), t0, tmax) && seen;
    t = 0.0;
    if (hit) t = stepPosition(law, stepNumber(law, max(t0, 0.0) + 1e-6) + sobolValue(v.spp, pixel * 786433u, 0u));
    else tmax = 0.0;
    return hit;
}

Pixel emptyPixel() { return Pixel(0.0, 0.0, 0.0, 0.0, FAR, 0.0, 0.0); }
#endif
