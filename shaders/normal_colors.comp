#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/view.glsl"

// Replaces the colours of pixels by normals: n = -grad ln sigma / |grad ln sigma| from the log densities of normal_points, from
// -1..1 to 0..1, times alpha. Where nothing is seen (a <= 0.2), or the density is flat, the pixel becomes empty.
// Twin: kernels/normal_colors.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint first, count; };

layout(set = 0, binding = 0) readonly buffer B0 { float density[]; };
layout(set = 0, binding = 1) buffer B1 { Pixel pixels[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    vec3 n = vec3(density[6u * i] - density[6u * i + 1u], density[6u * i + 2u] - density[6u * i + 3u], density[6u * i + 4u] - density[6u * i + 5u]);
    float steepness = sqrt(dot(n, n));
    Pixel p = pixels[first + i];
    if (p.a > 0.2 && steepness > 0.0) {
        vec3 c = (0.5 + 0.5 * (n / steepness)) * p.a;
        p.r = c.x;
        p.g = c.y;
        p.b = c.z;
    } else {
        p.r = 0.0;
        p.g = 0.0;
        p.b = 0.0;
        p.a = 0.0;
    }
    pixels[first + i] = p;
}
