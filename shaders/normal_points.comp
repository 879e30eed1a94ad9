#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/view.glsl"

// Where the normal of a pixel asks for the density: the place that its ray sees, moved by offset along each axis, down and up.
// Sample 6 i + 2 k + s of ray i lies at p - offset e_k for s = 0 and p + offset e_k for s = 1, as fractions of the training box.
// A ray that sees nothing asks at its origin. Twin: kernels/normal_points.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count, capacity;           // pixel of the first ray; rays; length of the planes of samples
    float lo_x, lo_y, lo_z, inv_x, inv_y, inv_z; // training box: corner, reciprocal edges
    float near;                            // distance between the camera and the rays' origins
    float offset;
};

layout(set = 0, binding = 0) readonly buffer B0 { Ray rays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Pixel pixels[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float samples[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Ray r = rays[i];
    Pixel p = pixels[first + i];
    float t = p.a > 0.2 ? p.depth / r.cosine - near : 0.0;
    vec3 at = vec3(r.ox, r.oy, r.oz) + t * vec3(r.dx, r.dy, r.dz);
    vec3 lo = vec3(lo_x, lo_y, lo_z), inv = vec3(inv_x, inv_y, inv_z);
    for (uint s = 0u; s < 6u; s++) {
        vec3 q = at;
        q[s / 2u] += s % 2u == 0u ? -offset : offset;
        q = (q - lo) * inv;
        samples[6u * i + s] = q.x;
        samples[capacity + 6u * i + s] = q.y;
        samples[2u * capacity + 6u * i + s] = q.z;
    }
}
