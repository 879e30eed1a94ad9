#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/radiance_add.glsl"
#include "lib/display.glsl"

// All of a pass of a frame after the network, in one dispatch: activations, opacity, compositing, the list of rays that go on
// (in any order) and, where show is set, the bytes of those that ended. Twin: kernels/frame_post.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first; // pixel of ray 0
    uint capacity, steps;
    uint count_index, next_index; // words of state: rays of this pass, and of the next one, which frame_pre set to 0
    uint hdr;
    float min_transmittance;
    uint show;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live_in[]; };
layout(set = 0, binding = 1) buffer B1 { uint state[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint next[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float samples[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float depths[]; };
layout(set = 0, binding = 5) readonly buffer B5 { float raw[]; };
layout(set = 0, binding = 6) readonly buffer B6 { Display displays[]; };
layout(set = 0, binding = 7) buffer B7 { Pixel pixels[]; };
layout(set = 0, binding = 8) writeonly buffer B8 { uint live_out[]; };
layout(set = 0, binding = 9) writeonly buffer B9 { uint image[]; };

const uint FRAME_END = 0xffffffffu;

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s >= n) return;
    uint index = live_in[s];
    Pixel p = pixels[index];
    bool done = next[index] == FRAME_END;
    for (uint j = 0u; j < steps; j++) {
        uint at = j * n + s;
        float dt = samples[6u * capacity + at];
        if (dt == 0.0) break;
        vec4 outputs = vec4(raw[at], raw[capacity + at], raw[2u * capacity + at], raw[3u * capacity + at]);
        if (radianceAdd(p, outputs, dt, depths[at], hdr != 0u, min_transmittance)) {
            done = true;
            break;
        }
    }
    pixels[index] = p;
    if (!done) live_out[atomicAdd(state[next_index], 1u)] = index;
    else if (show != 0u) image[first + index] = displayed(p, displays[0]);
}
