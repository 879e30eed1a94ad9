#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/display.glsl"

// What a window shows: sums (sums_width x sums_height pixels, each of samples samples) as bytes of the screen (lib/display.glsl,
// with linear_colors), scaled bilinearly to width x height so that the centre of a pixel keeps its place, under an overlay of
// premultiplied RGBA bytes. With alpha_only the opacity is shown as grey. With swap the bytes are BGRA. Twin: kernels/screen.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint width, height;
    uint sums_width, sums_height;
    uint samples;
    uint alpha_only, swap;
};

layout(set = 0, binding = 0) readonly buffer B0 { Display displays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Pixel sums[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint overlay[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { uint image[]; };

vec3 unpack(uint v) { return vec3(float(v & 255u), float(v >> 8 & 255u), float(v >> 16 & 255u)); }

vec3 tap(uint x, uint y) {
    Pixel p = sums[y * sums_width + x];
    float k = 1.0 / float(samples);
    p.r *= k;
    p.g *= k;
    p.b *= k;
    p.a *= k;
    if (alpha_only != 0u) {
        uint g = toByte(p.a);
        return vec3(float(g));
    }
    return unpack(displayed(p, displays[0]));
}

void main() {
    uint i = flatIndex();
    if (i >= width * height) return;
    uint x = i % width, y = i / width;
    float u = clamp((float(x) + 0.5) * (float(sums_width) / float(width)) - 0.5, 0.0, float(sums_width - 1u));
    float v = clamp((float(y) + 0.5) * (float(sums_height) / float(height)) - 0.5, 0.0, float(sums_height - 1u));
    uint x0 = uint(u), y0 = uint(v);
    float fu = u - float(x0), fv = v - float(y0);
    uint x1 = min(x0 + 1u, sums_width - 1u), y1 = min(y0 + 1u, sums_height - 1u);
    vec3 c = tap(x0, y0);
    if (fu > 0.0) c += (tap(x1, y0) - c) * fu;
    if (fv > 0.0) {
        vec3 d = tap(x0, y1);
        if (fu > 0.0) d += (tap(x1, y1) - d) * fu;
        c += (d - c) * fv;
    }
    uint o = overlay[i];
    c = unpack(o) + c * (1.0 - float(o >> 24) / 255.0);
    uvec3 b = uvec3(clamp(c, vec3(0.0), vec3(255.0)) + vec3(0.5));
    image[i] = (swap != 0u ? b.z | b.y << 8 | b.x << 16 : b.x | b.y << 8 | b.z << 16) | 0xff000000u;
}
