#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/view_ray.glsl"

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

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Camera c = cameras[0];
    View v = views[0];
    uint pixel = first + i;
    vec3 o, d;
    float t, tmax;
    bool seen = viewRay(c, v, pixel, o, d);
    bool hit = viewSpan(v, StepLaw(cone, lambda, a, b, ta, tb), pixel, o, d, seen, t, tmax);
    rays[i] = Ray(o.x, o.y, o.z, d.x, d.y, d.z, t, tmax, viewCosine(c, d), (hit ? RAY_ALIVE : 0u) | (pixel & RAY_INDEX));
    alive[i] = hit ? 1u : 0u;
    pixels[i] = emptyPixel();
}
