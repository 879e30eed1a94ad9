#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"
#include "lib/train_ray.glsl"
#include "lib/radiance.glsl"
#include "lib/loss.glsl"

// Gradients of the loss with respect to the raw network outputs of the kept samples, and those samples copied together.
// With S_j = C - (colour composited up to and including j) and T_j the transmittance after sample j:
//   dL/dcolor_j = w_j L'(C),  dL/dsigma_j = dt_j L'(C).(T_j c_j - S_j).
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;      // stride of samples and raw
    uint kept_capacity; // stride of kept_samples and draw, and the most samples of a batch
    uint loss_kind;
    uint hdr;
    float scale;         // loss scale; the gradient is multiplied by scale/rays
    float regularizer;   // 1e-4 of the reference's gradient, which has the scale 128
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
layout(set = 0, binding = 9) readonly buffer B9 { float grid_mean[]; };
layout(set = 0, binding = 10) writeonly buffer B10 { float kept_samples[]; };
layout(set = 0, binding = 11) writeonly buffer B11 { float draw[]; };

void main() {
    uint i = flatIndex();
    uint n_rays = state[STATE_RAYS];
    if (i >= n_rays) return;
    uint n = kept_counts[i], to = kept_offsets[i];
    if (n == 0u || to + n > kept_capacity) return;
    uint first = offsets[i];
    Ray r = rays[i];
    Target g = targets[i];
    RayResult c = results[i];
    vec3 slope = vec3(loss(loss_kind, c.r, g.r).y, loss(loss_kind, c.g, g.g).y, loss(loss_kind, c.b, g.b).y);
    vec3 rest = vec3(c.r, c.g, c.b); // S_j
    float T = 1.0;
    float norm = scale / float(n_rays);
    bool empty = grid_mean[0] < 0.01;
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
            rest[k] -= w * v;
            along += slope[k] * (T * v - rest[k]);
            float d = w * slope[k] * colorSlope(v, hdr != 0u);
            if (hdr != 0u) d += max(0.0, 1e-4 * x);
            draw[k * kept_capacity + dst] = norm * d;
        }
        float d = norm * densitySlope(rawDensity) * dt * along;
        if (rawDensity < 0.0 && empty) d -= regularizer;
        vec3 p = vec3(lo_x + s[0] * size_x - r.ox, lo_y + s[1] * size_y - r.oy, lo_z + s[2] * size_z - r.oz);
        if (rawDensity > -10.0 && p.x * p.x + p.y * p.y + p.z * p.z < near_distance * near_distance) d += regularizer;
        draw[3u * kept_capacity + dst] = d;
    }
}
