// Cameras: a pose, a lens and an image. Camera space is x right, y down, z forward; uv is (0,0) at the top left.
// Reference: instant-ngp's lens list; OpenCV's models of radial, tangential and fisheye distortion.
#ifndef RADIA_CAMERA
#define RADIA_CAMERA
#include "math.glsl"

// Where the including shader must bound its loops, it counts their iterations with this macro.
#ifndef COUNT_LOOPS
#define COUNT_LOOPS(n)
#endif

const uint LENS_PERSPECTIVE = 0;
const uint LENS_OPENCV = 1;
const uint LENS_FTHETA = 2;
const uint LENS_LATLONG = 3;
const uint LENS_FISHEYE = 4;
const uint LENS_EQUIRECTANGULAR = 5;
const uint LENS_ORTHOGRAPHIC = 6;

const float INV_PI = 0.318309886183790671538;

struct Camera {
    float r00, r01, r02, tx; // rows of the camera-to-world matrix
    float r10, r11, r12, ty;
    float r20, r21, r22, tz;
    float fx, fy; // focal lengths in pixels
    float cx, cy; // principal point, relative to the image size
    uint width, height;
    uint lens;
    float k0, k1, k2, k3, k4, k5, k6; // lens parameters in the reference's slots
    uint image; // first pixel in the images buffer
    uint flags;
};

vec3 cameraForward(Camera c) { return vec3(c.r02, c.r12, c.r22); }
vec3 cameraPosition(Camera c) { return vec3(c.tx, c.ty, c.tz); }

vec3 cameraToWorld(Camera c, vec3 v) {
    return vec3(c.r00 * v.x + c.r01 * v.y + c.r02 * v.z, c.r10 * v.x + c.r11 * v.y + c.r12 * v.z,
                c.r20 * v.x + c.r21 * v.y + c.r22 * v.z);
}

vec3 cameraFromWorld(Camera c, vec3 v) {
    return vec3(c.r00 * v.x + c.r10 * v.y + c.r20 * v.z, c.r01 * v.x + c.r11 * v.y + c.r21 * v.z,
                c.r02 * v.x + c.r12 * v.y + c.r22 * v.z);
}

// x(1 + k1 r² + k2 r⁴) + 2 p1 x y + p2 (r² + 2x²), y analogously.
vec2 opencvDistort(Camera c, vec2 p) {
    float r2 = p.x * p.x + p.y * p.y;
    float radial = 1.0 + r2 * (c.k0 + r2 * c.k1);
    float xy = 2.0 * p.x * p.y;
    return vec2(p.x * radial + c.k2 * xy + c.k3 * (r2 + 2.0 * p.x * p.x),
                p.y * radial + c.k3 * xy + c.k2 * (r2 + 2.0 * p.y * p.y));
}

// Inverse by Newton's method with the analytic Jacobian, which is symmetric.
vec2 opencvUndistort(Camera c, vec2 q) {
    vec2 p = q;
    for (int i = 0; i < 100; i++) {
        COUNT_LOOPS(1u)
        float r2 = p.x * p.x + p.y * p.y;
        float radial = 1.0 + r2 * (c.k0 + r2 * c.k1);
        float slope = 2.0 * (c.k0 + 2.0 * c.k1 * r2);
        float jxx = radial + slope * p.x * p.x + 2.0 * c.k2 * p.y + 6.0 * c.k3 * p.x;
        float jyy = radial + slope * p.y * p.y + 2.0 * c.k3 * p.x + 6.0 * c.k2 * p.y;
        float jxy = slope * p.x * p.y + 2.0 * c.k2 * p.x + 2.0 * c.k3 * p.y;
        vec2 e = opencvDistort(c, p) - q;
        float det = jxx * jyy - jxy * jxy;
        if (det == 0.0) break;
        vec2 s = vec2(jyy * e.x - jxy * e.y, jxx * e.y - jxy * e.x) / det;
        p -= s;
        if (s.x * s.x + s.y * s.y < 1e-10) break;
    }
    return p;
}

// theta(1 + k1 theta² + k2 theta⁴ + k3 theta⁶ + k4 theta⁸)
float fisheyeDistort(Camera c, float theta) {
    float t2 = theta * theta;
    return theta * (1.0 + t2 * (c.k0 + t2 * (c.k1 + t2 * (c.k2 + t2 * c.k3))));
}

float fisheyeUndistort(Camera c, float q) {
    float theta = q;
    for (int i = 0; i < 100; i++) {
        COUNT_LOOPS(1u)
        float t2 = theta * theta;
        float slope = 1.0 + t2 * (3.0 * c.k0 + t2 * (5.0 * c.k1 + t2 * (7.0 * c.k2 + t2 * 9.0 * c.k3)));
        if (slope == 0.0) break;
        float s = (fisheyeDistort(c, theta) - q) / slope;
        theta -= s;
        if (s * s < 1e-10) break;
    }
    return theta;
}

// The ray of uv in camera space: origin o and direction d, not normalised. False where the lens sees nothing.
bool cameraLocalRay(Camera c, vec2 uv, out vec3 o, out vec3 d) {
    o = vec3(0.0);
    vec2 rel = uv - vec2(c.cx, c.cy);
    vec2 q = vec2(rel.x * float(c.width) / c.fx, rel.y * float(c.height) / c.fy);
    switch (c.lens) {
    case LENS_OPENCV:
        d = vec3(opencvUndistort(c, q), 1.0);
        return true;
    case LENS_FISHEYE: {
        float r = sqrt(q.x * q.x + q.y * q.y);
        if (r < 1e-12) {
            d = vec3(q, 1.0);
            return true;
        }
        float turn = fisheyeUndistort(c, r) * INV_PI;
        float s = rSinPi(turn) / r;
        d = vec3(s * q.x, s * q.y, rCosPi(turn));
        return true;
    }
    case LENS_FTHETA: {
        vec2 p = vec2(rel.x * c.k5, rel.y * c.k6);
        float r = sqrt(p.x * p.x + p.y * p.y);
        float turn = (c.k0 + r * (c.k1 + r * (c.k2 + r * (c.k3 + r * c.k4)))) * INV_PI;
        float cosine = rCosPi(turn);
        if (r == 0.0) {
            d = vec3(0.0, 0.0, 1.0);
            return true;
        }
        if (cosine <= 1e-6) {
            d = vec3(0.0, 0.0, 1.0);
            return false;
        }
        float s = rSinPi(turn) / r;
        d = vec3(s * p.x, s * p.y, cosine);
        return true;
    }
    case LENS_LATLONG: {
        float theta = uv.y - 0.5, phi = 2.0 * (uv.x - 0.5);
        float level = rCosPi(theta);
        d = vec3(rSinPi(phi) * level, rSinPi(theta), rCosPi(phi) * level);
        return true;
    }
    case LENS_EQUIRECTANGULAR: {
        float y = 2.0 * uv.y - 1.0, phi = 2.0 * (uv.x - 0.5);
        float level = sqrt(max(1.0 - y * y, 0.0));
        d = vec3(rSinPi(phi) * level, y, rCosPi(phi) * level);
        return true;
    }
    case LENS_ORTHOGRAPHIC:
        o = vec3(q, 0.0);
        d = vec3(0.0, 0.0, 1.0);
        return true;
    default:
        d = vec3(q, 1.0);
        return true;
    }
}

// World ray with a unit direction; len is the length that the direction had (a z-depth times len is a distance).
bool cameraRay(Camera c, vec2 uv, out vec3 o, out vec3 d, out float len) {
    vec3 lo, ld;
    bool seen = cameraLocalRay(c, uv, lo, ld);
    o = cameraPosition(c) + cameraToWorld(c, lo);
    d = cameraToWorld(c, ld);
    len = sqrt(d.x * d.x + d.y * d.y + d.z * d.z);
    d /= len;
    return seen;
}

// Whether every point is taken as seen by this lens.
bool cameraSeesAll(Camera c) {
    return c.lens == LENS_FTHETA || c.lens == LENS_LATLONG || c.lens == LENS_EQUIRECTANGULAR;
}

// Angle in [0, pi] of the vector (z, r) from the z axis, r >= 0: halve the angle three times, then the series of the arc
// tangent. Every step adds numbers of one sign only, so none cancels.
float angleFromAxis(float z, float r) {
    float h = sqrt(z * z + r * r);
    if (h == 0.0) return 0.0;
    // Cosine and sine of half the angle; the one that would cancel comes from sin(2x) = 2 sin x cos x.
    float big = sqrt(0.5 + 0.5 * abs(z) / h), small = 0.5 * r / (h * big);
    float t = z >= 0.0 ? small / (1.0 + big) : big / (1.0 + small); // tangent of a quarter, in [0, 1]
    t = t / (1.0 + sqrt(1.0 + t * t)); // of an eighth, in [0, 0.4143]
    float t2 = t * t;
    float s = 1.0 / 15.0 - t2 * (1.0 / 17.0);
    s = 1.0 / 13.0 - t2 * s;
    s = 1.0 / 11.0 - t2 * s;
    s = 1.0 / 9.0 - t2 * s;
    s = 1.0 / 7.0 - t2 * s;
    s = 1.0 / 5.0 - t2 * s;
    s = 1.0 / 3.0 - t2 * s;
    return 8.0 * t * (1.0 - t2 * s);
}

// uv of a point of the world, for the lenses that do not see everything; false behind the camera.
bool cameraProject(Camera c, vec3 p, out vec2 uv) {
    vec3 v = cameraFromWorld(c, p - cameraPosition(c));
    vec2 q;
    uv = vec2(-1.0);
    if (c.lens == LENS_ORTHOGRAPHIC) {
        if (v.z <= 0.0) return false;
        q = v.xy;
    } else if (c.lens == LENS_FISHEYE) {
        float r = sqrt(v.x * v.x + v.y * v.y);
        if (r < 1e-12) q = vec2(0.0);
        else q = v.xy * (fisheyeDistort(c, angleFromAxis(v.z, r)) / r);
    } else {
        if (v.z <= 0.0) return false;
        q = v.xy / v.z;
        if (c.lens == LENS_OPENCV) q = opencvDistort(c, q);
    }
    uv = vec2(q.x * c.fx / float(c.width) + c.cx, q.y * c.fy / float(c.height) + c.cy);
    return true;
}
#endif
