#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/radiance_add.glsl"

// Adds the samples of render_march to their pixels: alpha = 1 - exp(-sigma dt), w = alpha (1 - A), C += w c, A += w. A ray
// ends when A exceeds 1 - min_transmittance; then C and A are divided by A. alive tells which rays go on.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    float lo_x, lo_y, lo_z, size_x, size_y, size_z; // training box
    uint capacity, steps, count_index;
    uint hdr;
    float min_transmittance;
    float near; // distance between the camera and the rays' origins
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint state[]; };
layout(set = 0, binding = 2) readonly buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float samples[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float raw[]; };
layout(set = 0, binding = 5) buffer B5 { Pixel pixels[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { uint alive[]; };

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s >= n) return;
    uint index = live[s];
    Ray r = rays[index];
    Pixel p = pixels[index];
    bool done = !(r.t < r.tmax);
    for (uint j = 0u; j < steps; j++) {
        uint at = j * n + s;
        float dt = samples[6u * capacity + at];
        if (dt == 0.0) break;
        float t = (lo_x + samples[at] * size_x - r.ox) * r.dx + (lo_y + samples[capacity + at] * size_y - r.oy) * r.dy +
                  (lo_z + samples[2u * capacity + at] * size_z - r.oz) * r.dz;
        vec4 outputs = vec4(raw[at], raw[capacity + at], raw[2u * capacity + at], raw[3u * capacity + at]);
        if (radianceAdd(p, outputs, dt, (t + near) * r.cosine, hdr != 0u, min_transmittance)) {
            done = true;
            break;
        }
    }
    pixels[index] = p;
    alive[s] = done ? 0u : 1u;
}
