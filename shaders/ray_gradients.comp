#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/train_state.glsl"
#include "lib/ray.glsl"
#include "lib/camera.glsl"

// The gradient of a ray's loss by its camera's position and by a turn of the camera about its position, from those by the
// positions p_j = o + t_j d and the directions of its kept samples, the distances t_j held fixed:
//   dL/do = sum_j g_j,  dL/dd = sum_j (t_j g_j + h_j),  dL/dturn = d x dL/dd + (o - camera) x dL/do,
// since a turn w moves d by w x d and the origin by w x (o - camera). g_j and h_j are per unit of the world: the network
// takes positions relative to the box and (d+1)/2. A ray without kept samples has gradient 0.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity;      // stride of samples and dsamples, and the most samples of a batch
    uint ray_capacity;  // stride of gradients
    float size_x, size_y, size_z; // of the training box
    float lo_x, lo_y, lo_z;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint state[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint kept_counts[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint kept_offsets[]; };
layout(set = 0, binding = 3) readonly buffer B3 { Ray rays[]; };
layout(set = 0, binding = 4) readonly buffer B4 { Camera cameras[]; };
layout(set = 0, binding = 5) readonly buffer B5 { float kept_samples[]; };
layout(set = 0, binding = 6) readonly buffer B6 { float dsamples[]; };
layout(set = 0, binding = 7) writeonly buffer B7 { float gradients[]; };

vec3 crossed(vec3 a, vec3 b) { return vec3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x); }

void main() {
    uint i = flatIndex();
    if (i >= state[STATE_RAYS]) return;
    uint n = kept_counts[i], first = kept_offsets[i];
    if (first + n > capacity) n = 0u;
    Ray r = rays[i];
    vec3 d = vec3(r.dx, r.dy, r.dz), o = vec3(r.ox, r.oy, r.oz);
    vec3 origin = vec3(0.0), direction = vec3(0.0);
    for (uint at = first; at < first + n; at++) {
        vec3 p = vec3(lo_x + kept_samples[at] * size_x - o.x, lo_y + kept_samples[capacity + at] * size_y - o.y, lo_z + kept_samples[2u * capacity + at] * size_z - o.z);
        float t = p.x * d.x + p.y * d.y + p.z * d.z;
        vec3 g = vec3(dsamples[at] / size_x, dsamples[capacity + at] / size_y, dsamples[2u * capacity + at] / size_z);
        vec3 h = vec3(dsamples[3u * capacity + at], dsamples[4u * capacity + at], dsamples[5u * capacity + at]);
        origin += g;
        direction += t * g + 0.5 * h;
    }
    Camera c = cameras[r.flags & RAY_INDEX];
    vec3 turn = crossed(d, direction) + crossed(o - cameraPosition(c), origin);
    gradients[i] = origin.x;
    gradients[ray_capacity + i] = origin.y;
    gradients[2u * ray_capacity + i] = origin.z;
    gradients[3u * ray_capacity + i] = turn.x;
    gradients[4u * ray_capacity + i] = turn.y;
    gradients[5u * ray_capacity + i] = turn.z;
}
