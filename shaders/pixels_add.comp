#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/color.glsl"
#include "lib/view.glsl"

// Adds a sample to each pixel of a picture that stays on the device: sums[first + i] += pixels[i], i < count, in linear
// light and premultiplied. With fresh the sums begin with this sample, which gives the depth: that of the sample that
// weighs most, 0 where the pixel is hardly covered (a <= 0.2). With linear_colors the pixels are linear already.
// Twin: kernels/pixels_add.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count;
    uint fresh, linear_colors;
};

layout(set = 0, binding = 0) readonly buffer B0 { Pixel pixels[]; };
layout(set = 0, binding = 1) buffer B1 { Pixel sums[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Pixel p = pixels[i];
    if (linear_colors == 0u && p.a > 0.0) {
        vec3 c = srgbToLinear3(max(vec3(p.r, p.g, p.b) / p.a, vec3(0.0))) * p.a;
        p.r = c.x;
        p.g = c.y;
        p.b = c.z;
    }
    if (fresh != 0u) {
        if (!(p.a > 0.2)) p.depth = 0.0;
    } else {
        Pixel s = sums[first + i];
        p.r += s.r;
        p.g += s.g;
        p.b += s.b;
        p.a += s.a;
        p.cost += s.cost;
        p.depth = s.depth;
        p.weight = s.weight;
    }
    sums[first + i] = p;
}
