#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/view.glsl"
#include "lib/sdf.glsl"

// Marks the rays that met the surface, and notes in each pixel what its ray cost.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; };

layout(set = 0, binding = 0) readonly buffer B0 { Ray rays[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Trace traces[]; };
layout(set = 0, binding = 2) buffer B2 { Pixel pixels[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { uint alive[]; };

void main() {
    uint i = flatIndex();
    if (i >= count) return;
    bool traced = (rays[i].flags & RAY_ALIVE) != 0u; // else traces[i] is that of another picture
    pixels[i].cost = traced ? float(traces[i].steps) : 0.0;
    alive[i] = traced && traces[i].status == TRACE_HIT ? 1u : 0u;
}
