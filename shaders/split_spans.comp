#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/view_ray.glsl"

// Stage 2 of the un-fused frame: the first lattice point of each ray inside the render box and where it leaves the box; both
// 0 where it misses. Clears the pixels. Twin: kernels/split_spans.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count;
    float cone, lambda, a, b, ta, tb; // step law
};

layout(set = 0, binding = 0) readonly buffer B0 { View views[]; };
layout(set = 0, binding = 1) buffer B1 { Ray rays[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { uint alive[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { Pixel pixels[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Ray r = rays[i];
    float t, tmax;
    bool hit = viewSpan(views[0], StepLaw(cone, lambda, a, b, ta, tb), first + i, vec3(r.ox, r.oy, r.oz), vec3(r.dx, r.dy, r.dz),
                        (r.flags & RAY_ALIVE) != 0u, t, tmax);
    rays[i].t = t;
    rays[i].tmax = tmax;
    alive[i] = hit ? 1u : 0u;
    pixels[i] = emptyPixel();
}
