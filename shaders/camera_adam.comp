#version 460
#extension GL_GOOGLE_include_directive : require
#include "lib/index.glsl"
#include "lib/schedule.glsl"
#include "lib/rotation.glsl"
#include "lib/small_adam.glsl"

// An Adam step on the corrections of each camera's position and rotation, and the cameras that follow from them. The
// position x moves by the step, the rotation is turned by it: x <- log(exp(step) exp(x)). The gradients of the steps since
// the last one are in sums and are cleared. update 0 takes no step: the cameras of the corrections as they are.
layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint n_images;
    uint update;
    float scale;     // takes the sums to gradients of the mean loss of an image's rays
    float rate;      // of the first `interval` steps; then decays
    float decay;
    uint interval;
    float floor_;    // least rate, in network learning rates
    float l2;
    float beta1, beta2, epsilon;
};

// Corrections of a camera and the state of their optimiser.
struct CameraAdam {
    uint iter;
    float m0, m1, m2, v0, v1, v2, x0, x1, x2; // position
    float n0, n1, n2, w0, w1, w2, y0, y1, y2; // rotation: axis times angle, in the world's frame, after the pose
};

layout(set = 0, binding = 0) readonly buffer B0 { Camera poses[]; };
layout(set = 0, binding = 1) readonly buffer B1 { Schedule schedule[]; };
layout(set = 0, binding = 2) buffer B2 { float sums[]; };
layout(set = 0, binding = 3) buffer B3 { CameraAdam corrections[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { Camera cameras[]; };

void main() {
    uint i = flatIndex();
    if (i >= n_images) return;
    CameraAdam c = corrections[i];
    if (update != 0u) {
        float lr = max(rate * rPow(decay, float(c.iter / interval)), floor_ * schedule[0].learning_rate);
        c.iter += 1u;
        float t = float(c.iter);
        lr = adamRate(lr, t, beta1, beta2);
        uint at = 6u * i;
        vec3 a = adamStep(scale * sums[at] + l2 * c.x0, c.m0, c.v0, lr, beta1, beta2, epsilon);
        vec3 b = adamStep(scale * sums[at + 1u] + l2 * c.x1, c.m1, c.v1, lr, beta1, beta2, epsilon);
        vec3 d = adamStep(scale * sums[at + 2u] + l2 * c.x2, c.m2, c.v2, lr, beta1, beta2, epsilon);
        c.m0 = a.x;
        c.m1 = b.x;
        c.m2 = d.x;
        c.v0 = a.y;
        c.v1 = b.y;
        c.v2 = d.y;
        c.x0 += a.z;
        c.x1 += b.z;
        c.x2 += d.z;
        a = adamStep(scale * sums[at + 3u] + l2 * c.y0, c.n0, c.w0, lr, beta1, beta2, epsilon);
        b = adamStep(scale * sums[at + 4u] + l2 * c.y1, c.n1, c.w1, lr, beta1, beta2, epsilon);
        d = adamStep(scale * sums[at + 5u] + l2 * c.y2, c.n2, c.w2, lr, beta1, beta2, epsilon);
        c.n0 = a.x;
        c.n1 = b.x;
        c.n2 = d.x;
        c.w0 = a.y;
        c.w1 = b.y;
        c.w2 = d.y;
        vec3 y = turnOf(quaternionProduct(quaternionOf(vec3(a.z, b.z, d.z)), quaternionOf(vec3(c.y0, c.y1, c.y2))));
        c.y0 = y.x;
        c.y1 = y.y;
        c.y2 = y.z;
        corrections[i] = c;
        for (uint k = 0u; k < 6u; k++) sums[at + k] = 0.0;
    }
    cameras[i] = movedCamera(poses[i], vec3(c.x0, c.x1, c.x2), quaternionOf(vec3(c.y0, c.y1, c.y2)));
}
