#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/groups.glsl"
#include "lib/view_ray.glsl"
#include "enc/spherical_harmonics.glsl"

// All of a pass of a frame before the network, in one dispatch: ray, span in the render box, march, the network's inputs and,
// where sh is set, the encoded direction. Only the number of the next lattice point is kept between passes; the ray is made
// again. Sample j of live ray s is element j*n + s; a ray that ends leaves its other samples with a step of 0 and FRAME_END
// for its next point. state gets the number of elements and their groups, and an empty list for the next pass.
//
// The first pass (initial = 1) takes all of n rays and one step. It lists those that have a sample, in any order, and adds
// their number to the number of elements, which must be 0 before; the others are left alone. Twin: kernels/frame_pre.go.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first;                                  // pixel of ray 0
    float lo_x, lo_y, lo_z, inv_x, inv_y, inv_z; // training box: lower corner and 1/size
    float cone, lambda, a, b, ta, tb;            // step law
    uint min_mip, max_mip;
    uint capacity, steps;
    uint count_index, next_index, samples_index, groups_index; // words of state
    uint group_size;                                           // of the kernel that runs over the samples
    float near; // distance between the camera and the rays' origins
    uint initial;
    uint sh, output_plane; // spherical harmonics go to planes from output_plane on
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { View views[]; };
layout(set = 0, binding = 2) buffer B2 { uint live[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint occupancy[]; };
layout(set = 0, binding = 4) buffer B4 { uint state[]; };
layout(set = 0, binding = 5) buffer B5 { uint next[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { float samples[]; };
layout(set = 0, binding = 7) writeonly buffer B7 { float depths[]; };
layout(set = 0, binding = 8) writeonly buffer B8 { float features[]; };

#include "lib/march.glsl"

const uint FRAME_END = 0xffffffffu;

void main() {
    uint s = flatIndex();
    uint n = state[count_index];
    if (s == 0u) {
        state[next_index] = 0u;
        if (initial == 0u) state[samples_index] = n * steps;
        uvec3 groups = groupsFor(n * steps, group_size);
        state[groups_index] = groups.x;
        state[groups_index + 1u] = groups.y;
        state[groups_index + 2u] = groups.z;
    }
    if (s >= n) return;
    uint index = initial != 0u ? s : live[s];
    Camera camera = cameras[0];
    View view = views[0];
    StepLaw law = StepLaw(cone, lambda, a, b, ta, tb);
    RayState m;
    float t;
    bool seen = viewRay(camera, view, first + index, m.o, m.d);
    bool more = viewSpan(view, law, first + index, m.o, m.d, seen, t, m.tmax);
    m.n0 = stepNumber(law, t);
    m.k = initial != 0u ? 0u : next[index];
    float cosine = viewCosine(camera, m.d);
    vec3 p = m.o;
    float dt = 0.0;
    if (initial != 0u) {
        if (!more || !marchNext(m, law, max_mip, min_mip, false, p, t, dt)) return;
        s = atomicAdd(state[samples_index], 1u);
        live[s] = index;
    }
    vec3 d01 = (m.d + 1.0) * 0.5;
    float y[16];
    if (sh != 0u) shEncode4(d01, y);
    for (uint j = 0u; j < (initial != 0u ? 1u : steps); j++) {
        if (initial == 0u) {
            p = m.o;
            t = 0.0;
            if (more) more = marchNext(m, law, max_mip, min_mip, false, p, t, dt);
            if (!more) dt = 0.0;
        }
        uint at = j * n + s;
        samples[at] = (p.x - lo_x) * inv_x;
        samples[capacity + at] = (p.y - lo_y) * inv_y;
        samples[2u * capacity + at] = (p.z - lo_z) * inv_z;
        samples[3u * capacity + at] = d01.x;
        samples[4u * capacity + at] = d01.y;
        samples[5u * capacity + at] = d01.z;
        samples[6u * capacity + at] = dt;
        depths[at] = (t + near) * cosine;
        if (sh != 0u)
            for (uint k = 0u; k < 16u; k++) features[(output_plane + k) * capacity + at] = y[k];
    }
    next[index] = more ? m.k : FRAME_END;
}
