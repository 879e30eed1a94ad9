#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/view_ray.glsl"

// Where each ray meets a plane: the one that faces the camera at a distance, or with fixed_z the plane z = distance of the scene. The
// place is a sample for the network (its fractions of a box, the direction, the thickness of the sheet), and the pixel gets its
// depth. Rays that meet it outside lo..hi, or before they begin, get thickness 0 and ask in the middle. Twin: kernels/plane_points.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint count, capacity;                  // rays; length of the planes of samples
    uint fixed_z;
    float distance, thickness;
    float near;                            // distance between the camera and the rays' origins
    float lo_x, lo_y, lo_z, hi_x, hi_y, hi_z; // what is shown
    float from_x, from_y, from_z, inv_x, inv_y, inv_z; // the network's box: corner, reciprocal edges
};

layout(set = 0, binding = 0) readonly buffer B0 { Ray rays[]; };
layout(set = 0, binding = 1) writeonly buffer B1 { float samples[]; };
layout(set = 0, binding = 2) writeonly buffer B2 { Pixel pixels[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    Ray r = rays[i];
    float t = fixed_z != 0u ? (distance - r.oz) / r.dz : distance / max(r.cosine, 1e-6) - near;
    vec3 p = vec3(r.ox, r.oy, r.oz) + t * vec3(r.dx, r.dy, r.dz);
    if (fixed_z != 0u) p.z = distance;
    vec3 lo = vec3(lo_x, lo_y, lo_z), hi = vec3(hi_x, hi_y, hi_z);
    bool inside = (r.flags & RAY_ALIVE) != 0u && t >= 0.0 && all(greaterThanEqual(p, lo)) && all(lessThanEqual(p, hi));
    vec3 q = vec3(0.5);
    if (inside) q = (p - vec3(from_x, from_y, from_z)) * vec3(inv_x, inv_y, inv_z);
    samples[i] = q.x;
    samples[capacity + i] = q.y;
    samples[2u * capacity + i] = q.z;
    samples[3u * capacity + i] = (r.dx + 1.0) * 0.5;
    samples[4u * capacity + i] = (r.dy + 1.0) * 0.5;
    samples[5u * capacity + i] = (r.dz + 1.0) * 0.5;
    samples[6u * capacity + i] = inside ? thickness : 0.0;
    pixels[i] = inside ? Pixel(0.0, 0.0, 0.0, 0.0, (t + near) * r.cosine, 0.0, 1.0) : emptyPixel();
}
