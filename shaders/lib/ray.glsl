// A ray between kernels: origin, unit direction, position of the first sample, exit, cosine to the camera axis, flags.
#ifndef RADIA_RAY
#define RADIA_RAY
struct Ray {
    float ox, oy, oz;
    float dx, dy, dz;
    float t, tmax;
    float cosine;
    uint flags; // RAY_ALIVE; in the low 24 bits image, pixel or, in the un-fused frame, the next lattice point
};

const uint RAY_ALIVE = 0x80000000u;
const uint RAY_INDEX = 0x00ffffffu;
#endif
