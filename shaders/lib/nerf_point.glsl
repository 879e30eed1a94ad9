// The NeRF network at one point, by one invocation, in registers. Behind lib/nerf.glsl.
#ifndef RADIA_NERF_POINT
#define RADIA_NERF_POINT

const uint POINT_BLOCK = 8u; // rows that share the loads of their inputs

// Inputs and outputs of a layer.
float pointIn[128];
float pointOut[128];

// acc[k] += the weights of row k times the inputs x, four columns at a time. A software driver makes a loop over lanes of
// each load from a buffer and takes long to compile it, so only the form with few loads unrolls columns.
#ifdef SUBGROUP_LANES
// Lane k loads row k for all; every invocation of the subgroup must be here, at least 8.
#define POINT_LOAD vec4 mine = weights[(q + (gl_SubgroupInvocationID & (POINT_BLOCK - 1u)) * cols + i) / 4u];
#define POINT_ROW(k) pointAdd(acc[k], subgroupShuffle(mine, k), x);
const uint POINT_STEP = (IN | WIDTH) % 32u == 0u ? 32u : 16u;
#else
#define POINT_LOAD
#define POINT_ROW(k) pointAdd(acc[k], pointWeights(q + k * cols + i), x);
const uint POINT_STEP = 4u;

vec4 pointWeights(uint at) { return vec4(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]); }
#endif

void pointAdd(inout float acc, vec4 w, vec4 x) {
    acc += w.x * x.x;
    acc += w.y * x.y;
    acc += w.z * x.z;
    acc += w.w * x.w;
}

// pointIn = M pointIn for `rows` by `cols` weights from `at` on. Loops end behind their body, none runs not at all: a software
// driver runs what follows a break once more for nobody.
void pointLayer(uint at, uint rows, uint cols, bool relu) {
    uint row = 0u;
    [[dont_unroll]] while (true) {
        float acc[POINT_BLOCK];
        [[unroll]] for (uint k = 0u; k < POINT_BLOCK; k++) acc[k] = 0.0;
        uint q = at + row * cols, first = 0u;
        [[dont_unroll]] while (true) {
            [[unroll]] for (uint j = 0u; j < POINT_STEP; j += 4u) {
                uint i = first + j;
                vec4 x = vec4(pointIn[i], pointIn[i + 1u], pointIn[i + 2u], pointIn[i + 3u]);
                POINT_LOAD
                POINT_ROW(0u) POINT_ROW(1u) POINT_ROW(2u) POINT_ROW(3u) POINT_ROW(4u) POINT_ROW(5u) POINT_ROW(6u) POINT_ROW(7u)
            }
            first += POINT_STEP;
            if (first >= cols) break;
        }
        [[unroll]] for (uint k = 0u; k < POINT_BLOCK; k++) pointOut[row + k] = relu ? max(acc[k], 0.0) : acc[k];
        row += POINT_BLOCK;
        if (row >= rows) break;
    }
    [[unroll]] for (uint k = 0u; k < 128u; k++)
        if (k < WIDTH || k < GEO) pointIn[k] = pointOut[k];
}

// Iterations of the loops below for a point, at most; a loop that ends has begun once more than it ran.
const uint POINT_BLOCKS = WIDTH / POINT_BLOCK;
const uint POINT_LAST = WIDTH / POINT_STEP + 1u; // of a block of rows with WIDTH columns
const uint POINT_LOOPS = IN - LEVELS * FEATURES + LEVELS + DENSITY_HIDDEN + RGB_HIDDEN + 8u + 2u * (POINT_BLOCKS + 1u) +
                         POINT_BLOCKS * ((IN + RGB_IN) / POINT_STEP + 2u) + 5u + 3u * POINT_LAST +
                         (DENSITY_HIDDEN + RGB_HIDDEN - 2u) * (POINT_BLOCKS + 1u + POINT_BLOCKS * POINT_LAST);

// pointIn = the grid's features at x.
void pointEncode(vec3 x) {
    for (uint k = LEVELS * FEATURES; k < IN; k++) pointIn[k] = 0.0;
    [[dont_unroll]] for (uint level = 0u; level < LEVELS; level++) {
        float f[8];
        gridLookup(levels[level], vec4(x, 0.0), f);
        [[unroll]] for (uint k = 0u; k < 8u; k++)
            if (k < FEATURES) pointIn[level * FEATURES + k] = f[k];
    }
}

// Density before its activation at x (network input).
float nerfPointDensity(vec3 x) {
    pointEncode(x);
    uint at = 0u, cols = IN;
    [[dont_unroll]] for (uint l = 0u; l <= DENSITY_HIDDEN; l++) {
        // Of the 16 outputs the first is used.
        pointLayer(at, l == DENSITY_HIDDEN ? POINT_BLOCK : WIDTH, cols, l != DENSITY_HIDDEN);
        at += WIDTH * cols;
        cols = WIDTH;
    }
    return pointIn[0];
}

// r, g, b and density before their activations at x (network input) in the direction d01 = (d+1)/2. Both networks are one
// loop over layers, so that their code is there once.
vec4 nerfPoint(vec3 x, vec3 d01) {
    pointEncode(x);
    float density = 0.0;
    uint at = 0u, cols = IN;
    [[dont_unroll]] for (uint l = 0u; l <= DENSITY_HIDDEN + RGB_HIDDEN + 1u; l++) {
        bool geo = l == DENSITY_HIDDEN, rgb = l == DENSITY_HIDDEN + RGB_HIDDEN + 1u;
        // Of the 16 colours three are used.
        pointLayer(at, geo ? GEO : rgb ? POINT_BLOCK : WIDTH, cols, !geo && !rgb);
        at += (geo ? GEO : WIDTH) * cols;
        cols = WIDTH;
        if (geo) {
            density = pointIn[0];
            float sh[16];
            shEncode4(d01, sh);
            [[unroll]] for (uint k = 0u; k < 16u; k++) pointIn[GEO + k] = sh[k];
            cols = RGB_IN;
        }
    }
    return vec4(pointIn[0], pointIn[1], pointIn[2], density);
}
#endif
