#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/view.glsl"
#include "lib/color.glsl"
#include "lib/sdf.glsl"

// Colours of the hits. With mode 0 they are lit: the key light as far as it arrives, the sky and the ground as far as the
// surface is open, and a highlight; with 1 they are the normal.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint mode;
    uint count_index, capacity; // word of state; length of a plane of points
    uint points_count;          // points above each hit
    float reach;                // height of the first
    float near;                 // distance between the camera and the rays' origins
    float gloss;                // strength of the highlight
    float light_x, light_y, light_z;
    float up_x, up_y, up_z;
    float key_r, key_g, key_b;
    float sky_r, sky_g, sky_b;
    float ground_r, ground_g, ground_b;
    float albedo_r, albedo_g, albedo_b;
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint state[]; };
layout(set = 0, binding = 2) readonly buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) readonly buffer B3 { Surface surfaces[]; };
layout(set = 0, binding = 4) readonly buffer B4 { float distances[]; };
layout(set = 0, binding = 5) readonly buffer B5 { Trace traces[]; };
layout(set = 0, binding = 6) buffer B6 { Pixel pixels[]; };

// Share of the sky that is seen: a point at height h over open ground is h away from it, and less in a hollow.
float openness(uint s, uint n, uint inside) {
    float closed = 0.0, height = reach, weight = 0.5;
    for (uint j = 0u; j < points_count; j++) {
        if (j < inside) closed += weight * clamp((height - distances[j * n + s]) / height, 0.0, 1.0);
        height *= 2.0;
        weight *= 0.5;
    }
    return 1.0 - closed;
}

vec3 shade(Ray r, vec3 normal, float open, float arriving) {
    vec3 light = vec3(light_x, light_y, light_z), d = vec3(r.dx, r.dy, r.dz);
    float facing = max(dot(normal, light), 0.0) * arriving;
    float above = 0.5 + 0.5 * dot(normal, vec3(up_x, up_y, up_z));
    vec3 ground = vec3(ground_r, ground_g, ground_b), sky = vec3(sky_r, sky_g, sky_b), key = vec3(key_r, key_g, key_b);
    vec3 ambient = (ground + (sky - ground) * above) * open;
    vec3 h = light - d;
    float h2 = dot(h, h);
    float c = h2 > 0.0 ? max(dot(normal, h), 0.0) / sqrt(h2) : 0.0;
    for (int i = 0; i < 5; i++) c *= c; // the 32nd power
    return vec3(albedo_r, albedo_g, albedo_b) * (key * facing + ambient) + key * (gloss * c * facing);
}

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s >= n) return;
    uint index = live[s];
    Ray r = rays[index];
    Surface at = surfaces[index];
    vec3 normal = vec3(at.nx, at.ny, at.nz), color;
    if (mode == 0u) {
        color = linearToSrgb3(shade(r, normal, openness(s, n, at.inside), traces[index].light));
    } else {
        color = 0.5 + 0.5 * normal;
    }
    Pixel p = pixels[index];
    p.r = color.r;
    p.g = color.g;
    p.b = color.b;
    p.a = 1.0;
    p.depth = (r.t + near) * r.cosine;
    p.weight = 1.0;
    pixels[index] = p;
}
