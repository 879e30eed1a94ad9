// Rotations as turns (axis times angle) and as quaternions x, y, z, w.
#ifndef RADIA_ROTATION
#define RADIA_ROTATION
#include "camera.glsl"

const float ROTATION_SMALL = 1e-12; // below it sin(a)/a is 1 in float32

vec4 quaternionOf(vec3 turn) {
    float angle = sqrt(turn.x * turn.x + turn.y * turn.y + turn.z * turn.z);
    float half_ = 0.5 * angle * INV_PI; // in half turns
    float s = angle < ROTATION_SMALL ? 0.5 : rSinPi(half_) / angle;
    return vec4(s * turn.x, s * turn.y, s * turn.z, rCosPi(half_));
}

// First b, then a.
vec4 quaternionProduct(vec4 a, vec4 b) {
    return vec4(a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y, a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
                a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w, a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z);
}

// The turn of at most pi of a unit quaternion.
vec3 turnOf(vec4 q) {
    if (q.w < 0.0) q = -q;
    float s = sqrt(q.x * q.x + q.y * q.y + q.z * q.z);
    float f = s < ROTATION_SMALL ? 2.0 : 2.0 * angleFromAxis(q.w, s) / s;
    return vec3(f * q.x, f * q.y, f * q.z);
}

// v turned by a unit quaternion: v + 2w (u x v) + 2 u x (u x v).
vec3 turned(vec4 q, vec3 v) {
    vec3 a = vec3(q.y * v.z - q.z * v.y, q.z * v.x - q.x * v.z, q.x * v.y - q.y * v.x);
    vec3 b = vec3(q.y * a.z - q.z * a.y, q.z * a.x - q.x * a.z, q.x * a.y - q.y * a.x);
    return vec3(v.x + 2.0 * (q.w * a.x + b.x), v.y + 2.0 * (q.w * a.y + b.y), v.z + 2.0 * (q.w * a.z + b.z));
}

// A camera moved by `move` and turned about its own position.
Camera movedCamera(Camera c, vec3 move, vec4 q) {
    c.tx += move.x;
    c.ty += move.y;
    c.tz += move.z;
    vec3 x = turned(q, vec3(c.r00, c.r10, c.r20)), y = turned(q, vec3(c.r01, c.r11, c.r21)), z = turned(q, vec3(c.r02, c.r12, c.r22));
    c.r00 = x.x;
    c.r10 = x.y;
    c.r20 = x.z;
    c.r01 = y.x;
    c.r11 = y.y;
    c.r21 = y.z;
    c.r02 = z.x;
    c.r12 = z.y;
    c.r22 = z.z;
    return c;
}
#endif
