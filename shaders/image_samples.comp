#version 460
#extension GL_GOOGLE_include_directive : require
// Positions and colours of one training step on a picture. Sample i takes draws 2i and 2i+1 of the step's sequence, which
// is step·2^32 draws into the generator. With columns·rows strata, row-major, sample i is drawn in stratum i. With a
// sequence, it is the sequence's point step·count + i, in 24 bits. Positions are moved to pixel centres. Divisions are products with reciprocals from the host, so that the pixel that is chosen
// does not depend on the device. Twin: kernels/image_samples.go.
#include "lib/index.glsl"
#include "lib/pcg32.glsl"
#include "lib/color.glsl"
#include "lib/schedule.glsl"
#include "lib/sequence.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count;    // samples
    uint width, height;
    uint columns;  // strata in a row; 1 with a cell of the whole picture for independent samples
    uint rows;
    float cell_width, cell_height;       // of a stratum, in pixels
    float inverse_width, inverse_height; // 1/width, 1/height
    uint half_pixels;                    // 1: two words of halves, linear and premultiplied; 0: sRGB bytes, straight alpha
    uint state_lo, state_hi, inc_lo, inc_hi; // the generator before step 0
    uint capacity; // length of a plane
    uint sequence; // 0: random numbers; 1: Halton's; 2: Sobol's
};

layout(set = 0, binding = 0) readonly buffer B0 { uint image[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Schedule schedule[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { float positions[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { float targets[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    precise float u, v;
    if (sequence == 0u) {
        Pcg32 rng = Pcg32(uvec2(state_lo, state_hi), uvec2(inc_lo, inc_hi));
        pcgAdvance(rng, uvec2(i << 1, schedule[0].step));
        u = pcgFloat(rng);
        v = pcgFloat(rng);
    } else {
        vec2 point = sequencePoint(sequence, schedule[0].step * count + i);
        u = point.x;
        v = point.y;
    }
    precise float px = (float(i % columns) + u) * cell_width;
    precise float py = (float(i / columns % rows) + v) * cell_height;
    uint x = min(uint(px), width - 1u), y = min(uint(py), height - 1u);
    precise float cx = (float(x) + 0.5) * inverse_width;
    precise float cy = (float(y) + 0.5) * inverse_height;
    positions[i] = cx;
    positions[capacity + i] = cy;

    uint pixel = y * width + x;
    vec3 color;
    if (half_pixels != 0u) {
        vec2 rg = unpackHalf2x16(image[2u * pixel]), ba = unpackHalf2x16(image[2u * pixel + 1u]);
        color = linearToSrgb3(vec3(rg, ba.x));
    } else {
        uint word = image[pixel];
        color = vec3(float(word & 255u), float(word >> 8 & 255u), float(word >> 16 & 255u)) / 255.0 * (float(word >> 24) / 255.0);
    }
    targets[i] = color.x;
    targets[capacity + i] = color.y;
    targets[2u * capacity + i] = color.z;
}
