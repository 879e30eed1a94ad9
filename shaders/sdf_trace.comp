#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/ray.glsl"
#include "lib/sdf.glsl"

// One step of sphere tracing (Hart 1996) for every live ray, which is where the field was evaluated last; it leaves the
// next position. A learned distance is no lower bound, so a step goes a part of the way only, and a ray that comes out
// inside the surface is taken back to where the line between the two values is zero. Shadow rays keep the narrowest cone
// around the light that stays free.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint mode;        // 0 begins, 1 steps, 2 places: writes the position and nothing else
    uint capacity;    // length of a plane
    uint count_index; // word of state
    uint max_steps;
    float factor;     // part of the distance that a step goes
    float tolerance;  // distance at which a ray has arrived, at the camera
    float cone;       // growth of the tolerance with t
    float sharpness;  // of shadows, or 0 for viewing rays
    float back;       // how far before the ray's end the position lies that mode 2 writes
};

layout(set = 0, binding = 0) readonly buffer B0 { uint live[]; };
layout(set = 0, binding = 1) readonly buffer B1 { uint state[]; };
layout(set = 0, binding = 2) buffer B2 { Ray rays[]; };
layout(set = 0, binding = 3) readonly buffer B3 { float distances[]; };
layout(set = 0, binding = 4) buffer B4 { Trace traces[]; };
layout(set = 0, binding = 5) buffer B5 { uint alive[]; };
layout(set = 0, binding = 6) writeonly buffer B6 { float positions[]; };

void viewing(inout Ray r, inout Trace w, float d, float near) {
    if (!(abs(d) > near)) {
        w.status = TRACE_HIT;
    } else if (d < 0.0) {
        float span = r.t - w.before_t;
        if (w.before_d == 0.0 || !(span > near)) {
            w.status = TRACE_HIT;
        } else {
            r.t = w.before_t + span * (w.before_d / (w.before_d - d));
        }
    } else {
        w.before_t = r.t;
        w.before_d = d;
        r.t += factor * d;
        if (!(r.t < r.tmax)) w.status = TRACE_MISSED;
    }
    if (w.status == TRACE_RUNNING && w.steps >= max_steps) w.status = abs(d) > 4.0 * near ? TRACE_MISSED : TRACE_HIT;
}

void shadow(inout Ray r, inout Trace w, float d, float near) {
    w.light = min(w.light, max(sharpness * d / r.t, 0.0));
    if (!(w.light > 0.0)) {
        w.light = 0.0;
        w.status = TRACE_HIT;
        return;
    }
    r.t += max(factor * d, near);
    if (!(r.t < r.tmax) || w.steps >= max_steps) w.status = TRACE_MISSED;
}

void main() {
    uint s = flatIndex();
    if (s >= state[count_index]) return;
    uint index = live[s];
    Ray r = rays[index];
    if (mode == 0u) {
        traces[index] = Trace(0.0, 0.0, 1.0, 0u, TRACE_RUNNING);
        alive[s] = 1u;
    } else if (mode == 1u && alive[s] != 0u) {
        Trace w = traces[index];
        w.steps++;
        float near = tolerance + cone * r.t;
        if (sharpness > 0.0) {
            shadow(r, w, distances[s], near);
        } else {
            viewing(r, w, distances[s], near);
        }
        traces[index] = w;
        rays[index].t = r.t;
        if (w.status != TRACE_RUNNING) alive[s] = 0u;
    }
    float t = mode == 2u ? r.t - back : r.t;
    positions[s] = r.ox + r.dx * t;
    positions[capacity + s] = r.oy + r.dy * t;
    positions[2u * capacity + s] = r.oz + r.dz * t;
}
