#version 460
#extension GL_GOOGLE_include_directive : require
// Advances the optimiser's schedule by one step on the device, so that a recording can be replayed without the host.
// The learning rate decays exponentially: factor *= decay_base where step >= decay_start, step <= decay_end and
// (step - decay_start) is a multiple of decay_interval; step counts from 0. Twin: kernels/schedule.go.
#include "lib/schedule.glsl"

layout(local_size_x = 1, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint average; // 1: the moving average is updated in this step; its debiasing counts such steps
};

layout(set = 0, binding = 0) buffer B0 { Schedule schedule[]; };

void main() {
    if (gl_GlobalInvocationID.x + gl_GlobalInvocationID.y != 0u)
        return;
    uint step = schedule[0].step;
    float factor = schedule[0].factor;
    uint interval = schedule[0].decay_interval;
    uint start = schedule[0].decay_start;
    if (interval != 0u && step >= start && step <= schedule[0].decay_end && (step - start) % interval == 0u)
        factor *= schedule[0].decay_base;
    schedule[0].factor = factor;
    schedule[0].learning_rate = schedule[0].base_rate * factor;

    schedule[0].step = step + 1u;
    if (average == 0u)
        return;
    // e_t = (e_{t-1}·d·(1-d^{t-1}) + w·(1-d)) / (1-d^t), t = 1, 2, …
    precise float d = schedule[0].ema_decay;
    precise float before = schedule[0].ema_power;
    precise float power = before * d;
    precise float norm = 1.0 - power;
    precise float was = d * (1.0 - before);
    precise float now = 1.0 - d;
    schedule[0].ema_old = was / norm;
    schedule[0].ema_new = now / norm;
    schedule[0].ema_power = power;
}
