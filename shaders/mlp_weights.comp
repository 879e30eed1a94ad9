#version 460
#extension GL_GOOGLE_include_directive : require
//radia:variant coop needs=coop,float16,subgroup compiler=new target=vulkan1.2 define=COOP=1
//radia:variant packed fit define=PACKED=1
#if defined(COOP)
#include "lib/coop.glsl"
#elif defined(PACKED)
#include "lib/packed.glsl"
#endif
// partial[slice] = Σ_samples δ_l ⊗ a_{l-1} for every matrix, over the samples of one slice: slice s owns
// [s·n/slices, (s+1)·n/slices). The split does not depend on the device, so the sum is the same for any schedule.
// A workgroup computes one 32×32 block of one matrix for one slice. Twin: kernels/mlp_weights.go.

layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 3) const uint WIDTH = 64u;
layout(constant_id = 4) const uint IN = 32u;
layout(constant_id = 5) const uint OUT = 16u;
layout(constant_id = 6) const uint HIDDEN = 2u;
layout(constant_id = 7) const uint ACT = 1u;

layout(set = 0, binding = 0) readonly buffer B0 { float inputs[]; };
layout(set = 0, binding = 1) readonly buffer B1 { float hidden[]; };
layout(set = 0, binding = 2) readonly buffer B2 { float deltas[]; };
layout(set = 0, binding = 3) readonly buffer B3 { uint counts[]; };
layout(set = 0, binding = 4) writeonly buffer B4 { float partial[]; };

layout(push_constant) uniform Push {
    uint capacity;
    uint count_index;
    uint slices;
} push;

#include "lib/activation.glsl"

// Value of input i of the matrix of this layer: the network input, or the activations of the layer before.
float source(uint layer, uint i, uint s) {
    if (layer == 0u)
        return inputs[i * push.capacity + s];
    float kept = hidden[((layer - 1u) * WIDTH + i) * push.capacity + s];
    return keepsArgument(ACT) ? activate(ACT, kept) : kept;
}

// First sample of a slice: s·n/slices without overflow of 32 bits.
uint sliceStart(uint s, uint n) {
    return n / push.slices * s + n % push.slices * s / push.slices;
}

#if defined(COOP) || defined(PACKED)
#include "lib/mlp_half_weights.glsl"
#else
const uint BLOCK = 32u;
const uint CHUNK = 32u; // samples staged at a time
const uint PITCH = CHUNK + 1u; // odd, so that rows fall into different memory banks

shared float rowTile[BLOCK * PITCH];
shared float colTile[BLOCK * PITCH];

// The block of matrix `layer`, `rows` by `cols` from weight `at` of `total`, whose first element is (row0, col0).
void weightBlock(uint layer, uint at, uint rows, uint cols, uint total, uint row0, uint col0, uint n) {
    uint ty = gl_LocalInvocationIndex / 8u;
    uint tx = gl_LocalInvocationIndex % 8u;
    for (uint slice = gl_WorkGroupID.y; slice < push.slices; slice += gl_NumWorkGroups.y) {
        uint lo = sliceStart(slice, n);
        uint hi = sliceStart(slice + 1u, n);
        vec4 acc[4];
        for (uint k = 0u; k < 4u; k++)
            acc[k] = vec4(0.0);
        for (uint base = lo; base < hi; base += CHUNK) {
            barrier();
            for (uint e = gl_LocalInvocationIndex; e < BLOCK * CHUNK; e += gl_WorkGroupSize.x) {
                uint s = base + e % CHUNK;
                uint r = e / CHUNK;
                bool in_slice = s < hi;
                uint t = r * PITCH + e % CHUNK;
                rowTile[t] = in_slice && row0 + r < rows ? deltas[(layer * WIDTH + row0 + r) * push.capacity + s] : 0.0;
                colTile[t] = in_slice && col0 + r < cols ? source(layer, col0 + r, s) : 0.0;
            }
            barrier();
            for (uint s = 0u; s < CHUNK; s++) {
                vec4 a = vec4(colTile[tx * PITCH + s], colTile[(tx + 8u) * PITCH + s],
                              colTile[(tx + 16u) * PITCH + s], colTile[(tx + 24u) * PITCH + s]);
                for (uint k = 0u; k < 4u; k++)
                    acc[k] += rowTile[(ty + 8u * k) * PITCH + s] * a;
            }
        }
        for (uint k = 0u; k < 4u; k++) {
            uint row = row0 + ty + 8u * k;
            if (row >= rows)
                continue;
            uint p = slice * total + at + row * cols + col0 + tx;
            if (col0 + tx < cols) partial[p] = acc[k].x;
            if (col0 + tx + 8u < cols) partial[p + 8u] = acc[k].y;
            if (col0 + tx + 16u < cols) partial[p + 16u] = acc[k].z;
            if (col0 + tx + 24u < cols) partial[p + 24u] = acc[k].w;
        }
    }
}
#endif

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint layers = HIDDEN + 1u;
    uint total = WIDTH * IN + (HIDDEN - 1u) * WIDTH * WIDTH + OUT * WIDTH;

    // Which block of which matrix.
    uint block = gl_WorkGroupID.x;
    uint layer = 0u, at = 0u, rows = WIDTH, cols = IN, across = (IN + BLOCK - 1u) / BLOCK;
    for (; layer < layers; layer++) {
        rows = layer == HIDDEN ? OUT : WIDTH;
        cols = layer == 0u ? IN : WIDTH;
        across = (cols + BLOCK - 1u) / BLOCK;
        uint blocks = across * ((rows + BLOCK - 1u) / BLOCK);
        if (block < blocks)
            break;
        block -= blocks;
        at += rows * cols;
    }
    if (layer == layers)
        return;
    uint row0 = block / across * BLOCK;
    uint col0 = block % across * BLOCK;
    weightBlock(layer, at, rows, cols, total, row0, col0, n);
}
