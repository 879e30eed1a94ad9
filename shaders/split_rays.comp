#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/view_ray.glsl"

// Stage 1 of the un-fused frame: origin and unit direction of the ray through each of pixels first … first+count-1. RAY_ALIVE
// says that the lens sees something; the low bits, that lattice point 0 is next. Twin: kernels/split_rays.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count;
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { View views[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { Ray rays[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Camera c = cameras[0];
    vec3 o, d;
    bool seen = viewRay(c, views[0], first + i, o, d);
    rays[i] = Ray(o.x, o.y, o.z, d.x, d.y, d.z, 0.0, 0.0, viewCosine(c, d), seen ? RAY_ALIVE : 0u);
}
