#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/display.glsl"

// What a window shows: sums (sums_width x sums_height pixels, each of samples samples) as bytes of the screen, scaled bilinearly to
// width x height so that the centre of a pixel keeps its place, under an overlay of premultiplied RGBA bytes. Colours are shown by
// displays[0] (lib/display.glsl, with linear_colors), or on a checkerboard of displays[1] and [2]; the other modes are below. truth
// has a byte of coverage, 0 or 255, and the picture that should be seen. With swap the bytes are BGRA. Twin: kernels/screen.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint width, height;
    uint sums_width, sums_height;
    uint samples;
    uint mode;
    uint swap;
    uint checker;      // 8 squares of the checkerboard in pixels of the sums, 0 for one colour
    uint truth_mode;   // 1 mixes truth in, 2 four times the difference from it
    float truth_alpha; // how much of that
    // A point is seen at eye + depth * (corner + x * right + y * down), x and y in pixels of the sums.
    float eye_x, eye_y, eye_z, corner_x, corner_y, corner_z, right_x, right_y, right_z, down_x, down_y, down_z;
};

const uint SCREEN_SHADE = 0u;
const uint SCREEN_ALPHA = 1u;
const uint SCREEN_DEPTH = 2u;    // a rainbow from extents[0], near, to extents[1]
const uint SCREEN_NORMALS = 3u;  // colours as they are
const uint SCREEN_POSITION = 4u; // the fractions of x, y, z
const uint SCREEN_COST = 5u;     // a rainbow up to extents[2]
const float SEEN = 0.1;          // opacity from which on a pixel has a depth

layout(set = 0, binding = 0) readonly buffer B0 { Display displays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Pixel sums[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint overlay[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float extents[]; };
layout(set = 0, binding = 4) readonly buffer B4 { uint truth[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { uint image[]; };

vec3 unpack(uint v) { return vec3(float(v & 255u), float(v >> 8 & 255u), float(v >> 16 & 255u)); }

// A rainbow without false edges: a polynomial through the colours of Mikhailov's map (2019).
vec3 turbo(float t) {
    t = clamp(t, 0.0, 1.0);
    vec3 c = vec3(59.28637943, 2.82956604, 27.34824973);
    c = c * t + vec3(-152.94239396, 4.27729857, -89.90310912);
    c = c * t + vec3(132.13108234, -14.18503333, 110.36276771);
    c = c * t + vec3(-42.66032258, 4.84296658, -60.58204836);
    c = c * t + vec3(4.61539260, 2.19418839, 12.64194608);
    return c * t + vec3(0.13572138, 0.09140261, 0.10667330);
}

vec3 tap(uint x, uint y) {
    Pixel p = sums[y * sums_width + x];
    float k = 1.0 / float(samples);
    p.r *= k;
    p.g *= k;
    p.b *= k;
    p.a *= k;
    bool seen = p.depth > 0.0 && p.a > SEEN;
    vec3 c = vec3(0.0);
    switch (mode) {
    case SCREEN_SHADE: {
        uint d = 0u;
        if (checker != 0u) d = 1u + (x * 8u / checker + y * 8u / checker) % 2u;
        return unpack(displayed(p, displays[d]));
    }
    case SCREEN_ALPHA: c = vec3(p.a); break;
    case SCREEN_DEPTH:
        if (seen) c = turbo(1.0 - (p.depth - extents[0]) / max(extents[1] - extents[0], 1e-9));
        break;
    case SCREEN_NORMALS: c = vec3(p.r, p.g, p.b); break;
    case SCREEN_POSITION:
        if (seen) {
            float fx = float(x) + 0.5, fy = float(y) + 0.5;
            vec3 d = vec3(corner_x, corner_y, corner_z) + fx * vec3(right_x, right_y, right_z) + fy * vec3(down_x, down_y, down_z);
            vec3 q = vec3(eye_x, eye_y, eye_z) + d * p.depth;
            c = q - floor(q * 0.9999999);
        }
        break;
    case SCREEN_COST: c = turbo(p.cost / max(extents[2], 1e-9)); break;
    }
    return vec3(float(toByte(c.x)), float(toByte(c.y)), float(toByte(c.z)));
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
    if (truth_mode != 0u) {
        uint t = truth[i];
        if (t >> 24 != 0u) {
            vec3 want = unpack(t), have = floor(c + 0.5);
            if (truth_mode == 1u)
                c = have + (want - have) * truth_alpha;
            else
                c = want + (min(4.0 * abs(have - want), vec3(255.0)) - want) * truth_alpha;
        }
    }
    uint o = overlay[i];
    c = unpack(o) + c * (1.0 - float(o >> 24) / 255.0);
    uvec3 b = uvec3(clamp(c, vec3(0.0), vec3(255.0)) + vec3(0.5));
    image[i] = (swap != 0u ? b.z | b.y << 8 | b.x << 16 : b.x | b.y << 8 | b.z << 16) | 0xff000000u;
}
