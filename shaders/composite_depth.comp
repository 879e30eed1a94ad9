#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"
#include "lib/radiance.glsl"
#include "lib/loss.glsl"

// Adds the gradient of the depth loss to that of the densities of the kept samples. With t_j the distance of sample j,
// D = sum_j w_j t_j the expected depth, S_j = D - (what of it lies up to and including j) and T_j the transmittance
// after sample j:
//   dL/dsigma_j = dt_j L'(D) (T_j t_j - S_j),
// for rays whose depth is known.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;      // stride of samples and raw
    uint kept_capacity; // stride of draw, and the most samples of a batch
    uint loss_kind;
    float scale; // loss scale times the weight of the depth loss; the gradient is multiplied by scale/rays
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
layout(set = 0, binding = 7) readonly buffer B7 { float ray_depths[]; };
layout(set = 0, binding = 8) buffer B8 { float draw[]; };

// Distance of a sample from the ray's origin.
float along(Ray r, uint at) {
    vec3 p = vec3(lo_x + samples[at] * size_x - r.ox, lo_y + samples[capacity + at] * size_y - r.oy, lo_z + samples[2u * capacity + at] * size_z - r.oz);
    return p.x * r.dx + p.y * r.dy + p.z * r.dz;
}

void main() {
    uint i = flatIndex();
    uint n_rays = state[STATE_RAYS];
    if (i >= n_rays) return;
    uint n = kept_counts[i], to = kept_offsets[i];
    float want = ray_depths[i];
    if (n == 0u || to + n > kept_capacity || !(want > 0.0)) return;
    uint first = offsets[i];
    Ray r = rays[i];
    float T = 1.0, D = 0.0;
    for (uint at = first; at < first + n; at++) {
        float e = rExp(-densityOf(raw[3u * capacity + at]) * samples[6u * capacity + at]);
        D += T * (1.0 - e) * along(r, at);
        T *= e;
    }
    float slope = scale / float(n_rays) * loss(loss_kind, D, want).y;
    float rest = D; // S_j
    T = 1.0;
    for (uint j = 0u; j < n; j++) {
        uint at = first + j, dst = 3u * kept_capacity + to + j;
        float dt = samples[6u * capacity + at], density = raw[3u * capacity + at], t = along(r, at);
        float e = rExp(-densityOf(density) * dt);
        rest -= T * (1.0 - e) * t;
        T *= e;
        draw[dst] += slope * densitySlope(density) * dt * (T * t - rest);
    }
}
