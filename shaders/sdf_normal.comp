#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/step.glsl"
#include "lib/sdf.glsl"

// The surface under every hit: its normal is the direction of the field's gradient. Prepares what lights it: a ray to the
// light, and points above the surface whose distances tell how open it is; point j of hit s is element j*n + s, at the
// height reach*2^j.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint capacity, points_capacity; // lengths of the planes of gradient and points
    uint count_index, points_index; // words of state: hits, and points, which this kernel writes
    uint points_count;              // points above each hit
    float reach;                    // height of the first
    float lift;                     // height of the ray to the light, and the way it skips
    float light_x, light_y, light_z;
    float lo_x, lo_y, lo_z, hi_x, hi_y, hi_z; // the field's box
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) buffer B1 { uint state[]; };
layout(set = 0, binding = 2) readonly buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float gradient[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { Surface surfaces[]; };
layout(set = 0, binding = 5) writeonly buffer B5 { Ray shadows[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { float points[]; };

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s == 0u) state[points_index] = n * points_count;
    if (s >= n) return;
    uint index = live[s];
    Ray r = rays[index];
    vec3 d = vec3(r.dx, r.dy, r.dz);
    vec3 p = vec3(r.ox, r.oy, r.oz) + d * r.t;
    vec3 g = vec3(gradient[s], gradient[capacity + s], gradient[2u * capacity + s]);
    float steepness = sqrt(dot(g, g));
    vec3 normal = steepness > 0.0 ? g / steepness : -d;
    vec3 lo = vec3(lo_x, lo_y, lo_z), hi = vec3(hi_x, hi_y, hi_z);

    uint inside = 0u;
    float height = reach;
    for (uint j = 0u; j < points_count; j++) {
        vec3 q = p + normal * height;
        if (inside == j && all(greaterThanEqual(q, lo)) && all(lessThanEqual(q, hi))) {
            inside++;
        } else {
            q = p;
        }
        uint at = j * n + s;
        points[at] = q.x;
        points[points_capacity + at] = q.y;
        points[2u * points_capacity + at] = q.z;
        height *= 2.0;
    }
    surfaces[index] = Surface(p.x, p.y, p.z, normal.x, normal.y, normal.z, inside);

    vec3 o = p + normal * lift, l = vec3(light_x, light_y, light_z);
    float t0, t1;
    if (!boxSpan(o, l, lo, hi, t0, t1)) t1 = 0.0;
    shadows[index] = Ray(o.x, o.y, o.z, l.x, l.y, l.z, lift, t1, 1.0, index | RAY_ALIVE);
}
