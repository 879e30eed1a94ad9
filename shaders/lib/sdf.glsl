// Sphere tracing between kernels.
#ifndef RADIA_SDF
#define RADIA_SDF
// How far a ray has come.
struct Trace {
    float before_t, before_d; // last place outside and the distance there; before_d is 0 until there is one
    float light;              // share of a light that arrives, of shadow rays
    uint steps;
    uint status;
};

const uint TRACE_RUNNING = 0u;
const uint TRACE_HIT = 1u;
const uint TRACE_MISSED = 2u;

// Where a ray meets the surface.
struct Surface {
    float px, py, pz;
    float nx, ny, nz;
    uint inside; // how many points above it lie in the field's box
};
#endif
