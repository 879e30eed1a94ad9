// The NeRF networks on cooperative matrices. A subgroup owns SUBGROUP consecutive samples, one a lane, and a row of
// workgroup memory for each: it encodes its samples, then multiplies rows with the weights layer by layer, in place. The
// weights stay in workgroup memory for as long as the workgroup lives, so it loops over tiles of samples; nothing but
// their staging needs more than the subgroup. Activations are rounded to fp16 after every layer, sums are fp32.
#include "nerf_coop.glsl"

const uint WIDEST0 = WIDTH > IN ? WIDTH : IN;
const uint WIDEST = WIDEST0 > RGB_IN ? WIDEST0 : RGB_IN;
const uint ROW = WIDEST + PAD;        // halves per sample
const uint TILES = SUBGROUP / COOP_M; // row blocks of a subgroup
const uint BLOCKS = WIDEST / COOP_K;  // column blocks of a row

shared f16vec2 act[gl_WorkGroupSize.x * ROW / 2u];

// row[out] = relu?(M row[in]) for the subgroup's rows, all columns of the input from 0: M has `rows` by `cols` weights at
// mats[at]. The input is read completely before the first output is written.
void layer(uint row0, uint at, uint rows, uint cols, bool relu) {
    CoopA a[TILES * BLOCKS];
    [[unroll]] for (uint t = 0u; t < TILES; t++)
        [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
            if (k * COOP_K < cols)
                coopMatLoad(a[t * BLOCKS + k], act, ((row0 + t * COOP_M) * ROW + k * COOP_K) / 2u, ROW / 2u,
                            gl_CooperativeMatrixLayoutRowMajor);
    subgroupBarrier();
    uint stride = cols + PAD;
    for (uint n = 0u; n < rows; n += COOP_N) {
        CoopSum c[TILES];
        [[unroll]] for (uint t = 0u; t < TILES; t++) c[t] = CoopSum(0.0);
        [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
            if (k * COOP_K < cols) {
                CoopB b;
                coopMatLoad(b, mats, (at + n * stride + k * COOP_K) / 2u, stride / 2u, gl_CooperativeMatrixLayoutColumnMajor);
                [[unroll]] for (uint t = 0u; t < TILES; t++) c[t] = coopMatMulAdd(a[t * BLOCKS + k], b, c[t]);
            }
        [[unroll]] for (uint t = 0u; t < TILES; t++) {
            for (uint i = 0u; i < c[t].length(); i++)
                c[t][i] = clamp(c[t][i], relu ? 0.0 : -HALF_MAX, HALF_MAX);
            coopMatStore(CoopHalf(c[t]), act, ((row0 + t * COOP_M) * ROW + n) / 2u, ROW / 2u,
                         gl_CooperativeMatrixLayoutRowMajor);
        }
    }
    subgroupBarrier();
}

// A network from the rows in place; at moves on.
void network(uint row0, inout uint at, uint inputs, uint hidden) {
    layer(row0, at, WIDTH, inputs, true);
    at += WIDTH * (inputs + PAD);
    for (uint l = 1u; l < hidden; l++) {
        layer(row0, at, WIDTH, WIDTH, true);
        at += WIDTH * (WIDTH + PAD);
    }
    layer(row0, at, GEO, WIDTH, false);
    at += GEO * (WIDTH + PAD);
}

void putFeatures(uint row, uint level, float f[8]) {
    uint at = (row * ROW + level * FEATURES) / 2u;
    if (FEATURES == 1u) {
        if ((level & 1u) == 0u) act[at].x = float16_t(clamp(f[0], -HALF_MAX, HALF_MAX));
        else act[at].y = float16_t(clamp(f[0], -HALF_MAX, HALF_MAX));
        return;
    }
    [[unroll]] for (uint k = 0u; k < 4u; k++)
        if (2u * k < FEATURES) act[at + k] = halves(f[2u * k], f[2u * k + 1u]);
}

// Encodes the position x into the first IN halves of a row, zeros behind its features. Two levels are in flight at a time.
void encodePosition(uint row, vec4 x) {
    for (uint k = FEATS; k < IN; k += 2u) act[(row * ROW + k) / 2u] = f16vec2(0.0);
    float f[8];
    if (!GATHER_WIDE) {
        for (uint level = 0u; level < LEVELS; level++) {
            gridLookup(geometry[level], x, f);
            putFeatures(row, level, f);
        }
        return;
    }
    for (uint level = 0u; level < LEVELS; level += 2u) {
        Gather a, b;
        uint second = min(level + 1u, LEVELS - 1u);
        gather(geometry[level], x, a);
        gather(geometry[second], x, b);
        blend(a, f);
        putFeatures(row, level, f);
        blend(b, f);
        putFeatures(row, second, f);
    }
}

// Writes the spherical harmonics of the direction behind the 16 outputs of the density network.
void encodeDirection(uint row, uint i) {
    float sh[16];
    shEncode4(vec3(samples[3u * push.capacity + i], samples[4u * push.capacity + i], samples[5u * push.capacity + i]), sh);
    uint at = (row * ROW + GEO) / 2u;
    [[unroll]] for (uint k = 0u; k < 8u; k++) act[at + k] = f16vec2(sh[2u * k], sh[2u * k + 1u]);
}

void main() {
    stage();
    barrier();
    uint n = min(counts[push.count_index], push.capacity);
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    uint row0 = gl_SubgroupID * SUBGROUP;
    uint row = row0 + gl_SubgroupInvocationID;
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * gl_WorkGroupSize.x;
    for (uint base = group * gl_WorkGroupSize.x + row0; base < n; base += step) {
        uint s = base + gl_SubgroupInvocationID;
        uint i = min(s, n - 1u); // lanes beyond the end repeat the last sample and write nothing
        encodePosition(row, position(i));
        subgroupBarrier();
        uint at = 0u;
        network(row0, at, IN, DENSITY_HIDDEN);
        float sigma = float(act[row * ROW / 2u].x);
#ifdef NERF_DENSITY
        if (s < n) density[s] = sigma;
#else
        encodeDirection(row, i);
        subgroupBarrier();
        network(row0, at, RGB_IN, RGB_HIDDEN);
        f16vec2 rg = act[row * ROW / 2u];
        float16_t b = act[row * ROW / 2u + 1u].x;
        if (s < n) {
            raw[s] = float(rg.x);
            raw[push.capacity + s] = float(rg.y);
            raw[2u * push.capacity + s] = float(b);
            raw[3u * push.capacity + s] = sigma;
        }
#endif
        subgroupBarrier();
    }
}
