#version 460
#extension GL_GOOGLE_include_directive : require
// values = ℓ(prediction, target) per element, dprediction = scale/(n·channels)·∂ℓ/∂prediction: the gradient of the mean
// over all elements. Twin: kernels/loss.go.
#include "lib/index.glsl"
#include "lib/loss.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 3) const uint KIND = 0u;

layout(set = 0, binding = 0) readonly buffer B0 { float prediction[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float targets[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint counts[]; };
layout(set = 0, binding = 3) writeonly buffer B3 { float dprediction[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float values[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
    uint channels;
    float scale;
} push;

void main() {
    uint i = flatIndex();
    uint n = min(counts[push.count_index], push.capacity);
    if (i >= n)
        return;
    float scale = push.scale / (float(n) * float(push.channels));
    for (uint c = 0u; c < push.channels; c++) {
        uint p = c * push.capacity + i;
        vec2 l = loss(KIND, prediction[p], targets[p]);
        values[p] = l.x;
        dprediction[p] = l.y * scale;
    }
}
