#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/radiance.glsl"
#include "lib/view.glsl"

// The colours of the samples of plane_points, premultiplied: of a radiance field's raw outputs a = 1 - exp(-sigma delta), delta the
// sheet's thickness, and C = a c; with colors 2 the outputs are colours themselves, cut to 0..1, of an opaque sheet.
// Twin: kernels/plane_colors.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count, capacity;
    uint colors;
};

const uint PLANE_RADIANCE = 0u;
const uint PLANE_HDR = 1u; // radiance with exponential colours
const uint PLANE_OPAQUE = 2u; // colours of an opaque sheet

layout(set = 0, binding = 0) readonly buffer B0 { float samples[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float raw[]; };
layout(set = 0, binding = 2) buffer B2 { Pixel pixels[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    float thickness = samples[6u * capacity + i];
    Pixel p = pixels[i];
    vec3 c = vec3(raw[i], raw[capacity + i], raw[2u * capacity + i]);
    float a = thickness > 0.0 ? 1.0 : 0.0;
    if (colors == PLANE_OPAQUE) {
        c = clamp(c, vec3(0.0), vec3(1.0));
    } else {
        c = vec3(colorOf(c.x, colors == PLANE_HDR), colorOf(c.y, colors == PLANE_HDR), colorOf(c.z, colors == PLANE_HDR));
        a = 1.0 - rExp(-densityOf(raw[3u * capacity + i]) * thickness);
    }
    p.r = a * c.x;
    p.g = a * c.y;
    p.b = a * c.z;
    p.a = a;
    pixels[i] = p;
}
