// Marching on a ray's fixed lattice of sample positions: sample k lies at t(n0 + k), evaluated afresh each time so that
// rounding does not add up along the ray. The kernel that includes this file declares `occupancy`, the bitfield of all
// cascades, before it.
#ifndef RADIA_MARCH
#define RADIA_MARCH
#include "occupancy.glsl"
#include "step.glsl"

// Where the including shader must bound its loops, it counts their iterations with this macro.
#ifndef COUNT_LOOPS
#define COUNT_LOOPS(n)
#endif

struct RayState {
    vec3 o, d;
    float n0;   // lattice origin
    uint k;     // next lattice point
    float tmax;
};

bool occupied(vec3 p, uint c) {
    uint cell;
    if (!cellAt(p, c, cell)) return false;
    return (occupancy[c * GRID_WORDS + (cell >> 5)] >> (cell & 31u) & 1u) != 0u;
}

// Distance from p to where the ray leaves p's cell of cascade c.
float cellExit(vec3 p, vec3 d, uint c) {
    float r = 128.0 * power2(-int(c));
    vec3 q = r * (p - 0.5);
    float t = 1e30;
    for (int i = 0; i < 3; i++) {
        if (d[i] != 0.0) t = min(t, (floor(q[i] + 0.5 + 0.5 * sign(d[i])) - q[i]) / d[i]);
    }
    return max(t / r, 0.0);
}

// Number of lattice steps from (n, t) that leave the cell: at least one.
uint cellSkip(StepLaw s, float n, float t, float exit) {
    float far = min(t + exit, 2.0 * FAR);
    return uint(ceil(max(stepNumber(s, far) - n, 0.5)));
}

// Finds the next sample in an occupied cell; false at the end of the ray. byStep chooses the cascade by step size too
// (training), else by position with the lowest cascade minMip (rendering). The coarsest empty cell around a point is
// skipped at once: each cascade covers what the finer ones hold, all eight are kept even where samples use fewer, and the
// lattice points are the same whatever is skipped.
bool marchNext(inout RayState m, StepLaw s, uint maxMip, uint minMip, bool byStep, out vec3 p, out float t, out float dt) {
    for (uint guard = 0u; guard < 65536u; guard++) {
        COUNT_LOOPS(9u) // with those below
        float n = m.n0 + float(m.k);
        t = stepPosition(s, n);
        p = m.o + t * m.d;
        dt = 0.0;
        if (!(t < m.tmax)) return false;
        dt = stepSize(s, n, t);
        uint mip = byStep ? mipFromStep(p, dt, maxMip) : clamp(mipFromPosition(p, maxMip), minMip, maxMip);
        if (occupied(p, mip)) {
            m.k++;
            return true;
        }
        while (mip < 7u && !occupied(p, mip + 1u)) {
            mip++;
        }
        m.k += cellSkip(s, n, t, cellExit(p, m.d, mip));
    }
    return false;
}
#endif
