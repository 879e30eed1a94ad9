#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/camera.glsl"
#include "lib/view.glsl"
#include "lib/step.glsl"
#include "lib/sobol.glsl"

// One ray for each pixel first … first+count-1 of a frame: sub-pixel offset, lens, depth of field, near distance, span in
// the render box and a jittered first lattice point. alive tells which rays enter the box.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count;
    float cone, lambda, a, b, ta, tb; // step law
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { View views[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { uint alive[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { Pixel pixels[]; };

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

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Camera c = cameras[0];
    View v = views[0];
    uint pixel = first + i, x = pixel % c.width, y = pixel / c.width;
    vec2 offset = vec2(0.5);
    if (v.snap == 0u) offset = fract(vec2(0.5) - sobol2(0u, 0xdeadbeefu) + sobol2(v.spp, 0xdeadbeefu));
    vec3 o, d;
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
    vec3 lo_ = vec3(v.b00 * o.x + v.b01 * o.y + v.b02 * o.z, v.b10 * o.x + v.b11 * o.y + v.b12 * o.z, v.b20 * o.x + v.b21 * o.y + v.b22 * o.z);
    vec3 ld = vec3(v.b00 * d.x + v.b01 * d.y + v.b02 * d.z, v.b10 * d.x + v.b11 * d.y + v.b12 * d.z, v.b20 * d.x + v.b21 * d.y + v.b22 * d.z);
    float t0, t1;
    bool hit = boxSpan(lo_, ld, vec3(v.lo_x, v.lo_y, v.lo_z), vec3(v.hi_x, v.hi_y, v.hi_z), t0, t1) && seen;
    StepLaw law = StepLaw(cone, lambda, a, b, ta, tb);
    float t = 0.0;
    if (hit) t = stepPosition(law, stepNumber(law, max(t0, 0.0) + 1e-6) + sobolValue(v.spp, pixel * 786433u, 0u));
    else t1 = 0.0;
    float cosine = cameraSeesAll(c) ? 1.0 : dot(cameraForward(c), d);
    rays[i] = Ray(o.x, o.y, o.z, d.x, d.y, d.z, t, t1, cosine, (hit ? RAY_ALIVE : 0u) | (pixel & RAY_INDEX));
    alive[i] = hit ? 1u : 0u;
    pixels[i] = Pixel(0.0, 0.0, 0.0, 0.0, FAR, 0.0, 0.0);
}
