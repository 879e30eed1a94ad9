#version 460
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
//radia:variant coop needs=coop,float16,subgroup compiler=new target=vulkan1.2 define=COOP=1
//radia:variant lanes needs=subgroup,shuffle define=SUBGROUP_LANES=1
//radia:variant packed fit define=PACKED=1
#if defined(COOP)
#include "lib/coop.glsl"
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#define TOGETHER
#elif defined(PACKED)
#include "lib/packed.glsl"
#elif defined(SUBGROUP_LANES)
#define TOGETHER
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif
// A whole frame in one dispatch: every invocation takes a pixel from a queue, marches its ray through the occupancy grid,
// evaluates the network at each sample and composites, all in registers, until the ray ends; then it takes the next pixel
// at once. The result does not depend on which invocation takes which pixel.
//
// Software drivers end an invocation's loops after 65,535 iterations in all. After half of the budget it takes no further ray
// and leaves the one in hand in `rest`, for whoever begins next; only when no pixel is left, and so nobody need begin, does it
// go on, and after all of the budget it leaves its ray to a further dispatch. Twin: kernels/nerf_mega.go.
#define NERF_RAYS

layout(local_size_x = 64, local_size_x_id = 0) in;

layout(push_constant) uniform Push {
    uint first, count;                           // pixels first ... first+count-1 of the frame
    float cone, lambda, a, b, ta, tb;            // step law
    float lo_x, lo_y, lo_z, inv_x, inv_y, inv_z; // training box: lower corner and 1/size
    uint min_mip, max_mip;
    uint max_samples; // of a ray
    uint hdr;
    float min_transmittance;
    float near;             // distance between the camera and the rays' origins
    uint budget;            // iterations of an invocation's loops; from 2^31 on there is no limit
    uint rest_in, rest_out; // where rays to go on with begin in rest, and where rays left over go
    uint rest_count;        // rays to go on with
    uint show;              // image gets the displayed bytes of finished pixels
} push;

uint spent = 0u;
#define COUNT_LOOPS(n) spent += n;

#include "lib/view_ray.glsl"
#include "lib/nerf.glsl"
#include "lib/radiance_add.glsl"
#include "lib/display.glsl"

layout(set = 0, binding = 0) readonly buffer B0 { Camera cameras[]; };
layout(set = 0, binding = 1) readonly buffer B1 { View views[]; };
layout(set = 0, binding = 2) readonly buffer B2 { uint occupancy[]; };
// Pixels taken, rays of an earlier dispatch taken, rays left over, those of them taken again.
layout(set = 0, binding = 6) coherent buffer B6 { uint queue[]; };
layout(set = 0, binding = 7) coherent buffer B7 { Pixel pixels[]; }; // from pixel `first` on
layout(set = 0, binding = 8) coherent buffer B8 { uint rest[]; }; // pairs: pixel + 1, or 0 where there is no ray yet; next lattice point
layout(set = 0, binding = 9) readonly buffer B9 { Display displays[]; };
layout(set = 0, binding = 10) writeonly buffer B10 { uint image[]; };

#include "lib/march.glsl"
#ifdef NERF_HALF
#include "lib/nerf_half_forward.glsl"

// Iterations of the loops for a point, at most: of those over blocks of outputs and, with matrices, their elements. Loops that
// are marked to be unrolled are.
#ifdef PACKED
const uint POINT_LAYER = WIDTH / COOP_N + 3u;
#else
const uint POINT_LAYER = (WIDTH / COOP_N + 1u) * (1u + SUBGROUP / COOP_M * (COOP_M * COOP_N / SUBGROUP + 2u)) + 3u;
#endif
const uint POINT_LOOPS = IN - FEATS + LEVELS + 16u + (DENSITY_HIDDEN + RGB_HIDDEN + 2u) * POINT_LAYER;
#else
#include "lib/nerf_point.glsl"
#endif

bool limited() { return push.budget < 0x80000000u; }

// Iterations of the loops of a turn that count none themselves, with those that a driver runs for nobody.
const uint TURN_LOOPS = 32u;

// The next pixel and its first lattice point, from the rays left over or from the frame; false when there is none.
bool take(out uint pixel, out uint k) {
    k = 0u;
    pixel = 0u;
    if (push.rest_count != 0u) {
        uint j = atomicAdd(queue[1], 1u);
        if (j < push.rest_count) {
            pixel = rest[push.rest_in + 2u * j] - 1u;
            k = rest[push.rest_in + 2u * j + 1u];
            return true;
        }
    }
    if (limited()) {
        // Of those who try for the same ray one gets it, so each tries as often as there can be others in step.
        uint got = 0u, tries = 8u;
        while (true) {
            tries--;
            uint j = queue[3];
            if (j < queue[2]) {
                uint at = push.rest_out + 2u * j;
                got = rest[at]; // 0: still on its way
                if (got == 0u) tries = 0u;
                else if (atomicCompSwap(queue[3], j, j + 1u) != j) got = 0u;
                else {
                    k = rest[at + 1u];
                    tries = 0u;
                }
            } else tries = 0u;
            if (tries == 0u) break;
        }
        if (got != 0u) {
            pixel = got - 1u;
            return true;
        }
    }
    uint j = atomicAdd(queue[0], 1u);
    pixel = push.first + j;
    return j < push.count;
}

// Leaves a ray to others. Only software drivers have a limit, whose compilers move nothing across an atomic operation; a memory
// barrier, which lavapipe 22.3 takes for one of execution and loses invocations at, is not needed there.
void leave(uint pixel, uint k, Pixel p) {
    uint at = push.rest_out + 2u * atomicAdd(queue[2], 1u);
    rest[at + 1u] = k;
    pixels[pixel - push.first] = p;
    atomicExchange(rest[at], pixel + 1u);
}

// The pixel of a ray that has ended.
void finish(uint pixel, Pixel p) {
    pixels[pixel - push.first] = p;
    if (push.show != 0u) image[pixel] = displayed(p, displays[0]);
}

// Invocations that run in step share the iterations of the slowest. The portable form cannot know which they are.
void together() {
#ifdef TOGETHER
    spent = subgroupMax(spent);
#endif
}

void main() {
    Camera camera = cameras[0];
    View view = views[0];
    StepLaw law = StepLaw(push.cone, push.lambda, push.a, push.b, push.ta, push.tb);
    vec3 lo = vec3(push.lo_x, push.lo_y, push.lo_z), inv = vec3(push.inv_x, push.inv_y, push.inv_z);
#ifdef NERF_HALF
    stage();
    barrier();
    uint row0 = coopGroup() * SUBGROUP, row = row0 + coopLane();
    spent += NERF_HALVES / 2u / gl_WorkGroupSize.x + 16u * (DENSITY_HIDDEN + RGB_HIDDEN) + LEVELS;
#endif
    bool have = false, more = true, ended = false; // a ray; maybe further ones; a ray whose pixel is not written yet
    uint i = 0u;
    RayState m = RayState(vec3(0.0), vec3(0.0, 0.0, 1.0), 0.0, 0u, 0.0); // lanes without a ray evaluate something, too
    Pixel p = emptyPixel();
    float cosine = 0.0;
    while (true) {
        // Rays end and begin until this invocation has a sample, so that all evaluate the network together. A software driver
        // jumps over nothing but loops, so what can be done in one turn of this loop is done in one, and stands here once.
        bool ready = false;
        vec3 at = vec3(0.5);
        float t = 0.0, dt = 0.0;
        while (true) {
            spent += TURN_LOOPS;
            if (ended) finish(i, p);
            ended = false;
            if (!have && more) {
                more = spent < push.budget / 2u && take(i, m.k);
                if (more) {
                    bool seen = viewRay(camera, view, i, m.o, m.d);
                    have = viewSpan(view, law, i, m.o, m.d, seen, t, m.tmax);
                    m.n0 = stepNumber(law, t);
                    cosine = viewCosine(camera, m.d);
                    p = emptyPixel();
                    if (m.k != 0u) p = pixels[i - push.first];
                    ended = !have;
                }
            }
            together();
            if (have) {
                if (spent >= push.budget || spent >= push.budget / 2u && queue[0] < push.count) {
                    leave(i, m.k, p);
                    have = false;
                } else {
                    ready = p.cost < float(push.max_samples) && marchNext(m, law, push.max_mip, push.min_mip, false, at, t, dt);
                    have = ready;
                    ended = !ready;
                }
            }
            together();
            if (ready || !more && !ended) break;
        }
        together();
#ifdef TOGETHER
        if (!subgroupAny(ready)) break;
#else
        if (!ready) break;
#endif
        spent += POINT_LOOPS;
#ifdef NERF_HALF
        vec4 raw = halfPoint(row0, row, (at - lo) * inv, (m.d + 1.0) * 0.5);
        coopSync();
#else
        vec4 raw = nerfPoint((at - lo) * inv, (m.d + 1.0) * 0.5);
#endif
        if (ready && radianceAdd(p, raw, dt, (t + push.near) * cosine, push.hdr != 0u, push.min_transmittance)) {
            have = false;
            ended = true;
        }
    }
}
