#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"
#include "lib/train_ray.glsl"
#include "lib/radiance.glsl"
#include "lib/loss.glsl"

// composite_grad for radiance-field losses, which compare the colours of samples instead of the ray's colour. With the
// target c*, the loss l, alpha_j the opacity of sample j, T_j the transmittance after it and S_j the colour behind it:
//   relax 0: L = sum_k w_k l(c_k) + T_end l(background), where the ray was not cut short;
//     dL/dcolor_j = w_j l'(c_j), dL/dsigma_j = dt_j (T_j l(c_j) - (L - (what of L lies up to and including j)));
//   relax 1: g_j = l'((1 - alpha_j) S_j/T_j + alpha_j c_j), the slope at what is seen from sample j on;
//     dL/dcolor_j = w_j g_j, dL/dsigma_j = dt_j g_j.(T_j c_j - S_j).
// Bindings and push constants are those of composite_grad; densities of empty space are not pushed.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;      // stride of samples and raw
    uint kept_capacity; // stride of kept_samples and draw, and the most samples of a batch
    uint loss_kind;
    uint hdr;
    uint relax;
    float scale;       // loss scale; the gradient is multiplied by scale/rays
    float regularizer; // 1e-4 of the reference's gradient, which has the scale 128
    float near_distance;
    float size_x, size_y, size_z; // of the training box
    float lo_x, lo_y, lo_z;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint offsets[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint kept_counts[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint kept_offsets[]; };
layout(set = 0, binding = 4) readonly buffer B4 { Ray rays[]; };
layout(set = 0, binding = 5) readonly buffer B5 { float samples[]; };
layout(set = 0, binding = 6) readonly buffer B6 { float raw[]; };
layout(set = 0, binding = 7) readonly buffer B7 { Target targets[]; };
layout(set = 0, binding = 8) readonly buffer B8 { RayResult results[]; };
layout(set = 0, binding = 9) writeonly buffer B9 { float kept_samples[]; };
layout(set = 0, binding = 10) writeonly buffer B10 { float draw[]; };

float color(uint k, uint at) { return colorOf(raw[k * capacity + at], hdr != 0u); }

void main() {
    uint i = flatIndex();
    uint n_rays = state[STATE_RAYS];
    if (i >= n_rays) return;
    uint n = kept_counts[i], to = kept_offsets[i];
    if (n == 0u || to + n > kept_capacity) return;
    uint first = offsets[i];
    Ray r = rays[i];
    Target t = targets[i];
    RayResult c = results[i];
    float goal[3] = float[3](t.r, t.g, t.b);
    float T = 1.0;
    float whole = 0.0; // L, relax 0
    if (relax == 0u) {
        for (uint at = first; at < first + n; at++) {
            float e = rExp(-densityOf(raw[3u * capacity + at]) * samples[6u * capacity + at]);
            float w = T * (1.0 - e);
            for (uint k = 0u; k < 3u; k++) whole += w * loss(loss_kind, color(k, at), goal[k]).x;
            T *= e;
        }
        if (c.transmittance >= TERMINATED) whole += c.transmittance * (loss(loss_kind, t.br, t.r).x + loss(loss_kind, t.bg, t.g).x + loss(loss_kind, t.bb, t.b).x);
        T = 1.0;
    }
    float rest[3] = float[3](c.r, c.g, c.b); // S_j
    float norm = scale / float(n_rays);
    for (uint j = 0u; j < n; j++) {
        uint at = first + j, dst = to + j;
        float s[7];
        for (uint k = 0u; k < 7u; k++) {
            s[k] = samples[k * capacity + at];
            kept_samples[k * kept_capacity + dst] = s[k];
        }
        float dt = s[6];
        float rawDensity = raw[3u * capacity + at];
        float e = rExp(-densityOf(rawDensity) * dt);
        float w = T * (1.0 - e);
        T *= e;
        float along = 0.0;
        for (uint k = 0u; k < 3u; k++) {
            float x = raw[k * capacity + at];
            float v = colorOf(x, hdr != 0u);
            float slope;
            if (relax == 0u) {
                vec2 l = loss(loss_kind, v, goal[k]);
                slope = l.y;
                whole -= w * l.x;
                along += T * l.x;
            } else {
                rest[k] -= w * v;
                slope = loss(loss_kind, e * (rest[k] / max(1e-6, T)) + (1.0 - e) * v, goal[k]).y;
                along += slope * (T * v - rest[k]);
            }
            float d = w * slope * colorSlope(v, hdr != 0u);
            if (hdr != 0u) d += max(0.0, 1e-4 * x);
            draw[k * kept_capacity + dst] = norm * d;
        }
        if (relax == 0u) along -= whole;
        float d = norm * densitySlope(rawDensity) * dt * along;
        vec3 p = vec3(lo_x + s[0] * size_x - r.ox, lo_y + s[1] * size_y - r.oy, lo_z + s[2] * size_z - r.oz);
        if (rawDensity > -10.0 && p.x * p.x + p.y * p.y + p.z * p.z < near_distance * near_distance) d += regularizer;
        draw[3u * kept_capacity + dst] = d;
    }
}
