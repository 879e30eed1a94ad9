#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/display.glsl"

// Stage 10 of the un-fused frame: image[first + i] = the bytes that a screen shows of pixels[i], i < count: background,
// exposure, tone curve, sRGB. Twin: kernels/display.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count;
};

layout(set = 0, binding = 0) readonly buffer B0 { Display displays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Pixel pixels[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { uint image[]; };

void main() {
    uint i = flatIndex();
    if (i < count) image[first + i] = displayed(pixels[i], displays[0]);
}
