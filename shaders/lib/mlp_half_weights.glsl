// mlp_weights with fp16 operands and fp32 sums. A workgroup computes one 32×32 block of one matrix for one slice, as the
// portable form does; its subgroups share the products of COOP_M by COOP_N out among them and sum in registers. Deltas need
// a scale: the power of two that brings the largest of the block so far to 2^14..2^15. Where it shrinks, the sums shrink
// with it, which is exact; 2^28 below the largest, deltas become subnormal.
#include "halves.glsl"

const uint BLOCK = 32u;
const uint CHUNK = 64u; // samples staged at a time
const uint PITCH = CHUNK + PAD;
const uint SIZE = gl_WorkGroupSize.x;
const uint SUBGROUPS = SIZE / SUBGROUP;
const uint ACROSS = BLOCK / COOP_N;
const uint SLOTS = (BLOCK / COOP_M * ACROSS + SUBGROUPS - 1u) / SUBGROUPS;
const uint PAIRS = BLOCK * CHUNK / 2u / SIZE; // of samples, that an invocation stages of either factor

shared HalfPair rowTile[BLOCK * PITCH / 2u];
shared HalfPair colTile[BLOCK * PITCH / 2u];
shared uint largest; // bits of the largest |δ| of the slice so far

CoopSum sums[SLOTS];

void weightBlock(uint layer, uint at, uint rows, uint cols, uint total, uint row0, uint col0, uint n) {
    for (uint slice = gl_WorkGroupID.y; slice < push.slices; slice += gl_NumWorkGroups.y) {
        uint lo = sliceStart(slice, n);
        uint hi = sliceStart(slice + 1u, n);
        [[unroll]] for (uint q = 0u; q < SLOTS; q++) coopClear(sums[q]);
        if (gl_LocalInvocationIndex == 0u) largest = 0u;
        barrier();
        uint before = 227u;
        for (uint base = lo; base < hi; base += CHUNK) {
            vec2 d[PAIRS];
            float top = 0.0;
            [[unroll]] for (uint e = 0u; e < PAIRS; e++) {
                uint pair = e * SIZE + gl_LocalInvocationIndex;
                uint row = row0 + pair / (CHUNK / 2u);
                uint s = base + pair % (CHUNK / 2u) * 2u;
                uint p = (layer * WIDTH + row) * push.capacity + s;
                d[e] = vec2(row < rows && s < hi ? deltas[p] : 0.0, row < rows && s + 1u < hi ? deltas[p + 1u] : 0.0);
                top = max(top, max(abs(d[e].x), abs(d[e].y)));
            }
            atomicMax(largest, floatBitsToUint(top));
            barrier();
            // 2^(14-e) for a largest value of 2^e..2^(e+1), and its inverse a normal number.
            uint exponent = clamp(268u - (largest >> 23), 27u, 227u);
            float scale = uintBitsToFloat(exponent << 23);
            if (exponent != before) {
                float shrink = uintBitsToFloat((127u + exponent - before) << 23);
                if (before - exponent > 126u) shrink = 0.0;
                [[unroll]] for (uint q = 0u; q < SLOTS; q++) {
                    coopEach(i, sums[q]) coopAt(sums[q], i) *= shrink;
                }
                before = exponent;
            }
            [[unroll]] for (uint e = 0u; e < PAIRS; e++) {
                uint pair = e * SIZE + gl_LocalInvocationIndex;
                uint i = pair / (CHUNK / 2u);
                uint s = base + pair % (CHUNK / 2u) * 2u;
                uint to = (i * PITCH) / 2u + pair % (CHUNK / 2u);
                bool in_matrix = col0 + i < cols;
                rowTile[to] = halfPair(scale * d[e].x, scale * d[e].y);
                colTile[to] = halves(in_matrix && s < hi ? source(layer, col0 + i, s) : 0.0,
                                     in_matrix && s + 1u < hi ? source(layer, col0 + i, s + 1u) : 0.0);
            }
            barrier();
            [[unroll]] for (uint q = 0u; q < SLOTS; q++) {
                uint block = q * SUBGROUPS + coopGroup();
                if (block < BLOCK / COOP_M * ACROSS) {
                    uint i = block / ACROSS * COOP_M;
                    uint j = block % ACROSS * COOP_N;
                    [[unroll]] for (uint k = 0u; k < CHUNK; k += COOP_K) {
                        CoopA a;
                        CoopB b;
                        coopLoadRows(a, rowTile, (i * PITCH + k) / 2u, PITCH / 2u);
                        coopRightCols(b, colTile, (j * PITCH + k) / 2u, PITCH / 2u);
                        coopAddCols(sums[q], a, b, colTile);
                    }
                }
            }
            barrier();
        }
        float inverse = uintBitsToFloat((254u - before) << 23);
        [[unroll]] for (uint q = 0u; q < SLOTS; q++) {
            uint block = q * SUBGROUPS + coopGroup();
            uint row = row0 + block / ACROSS * COOP_M;
            uint col = col0 + block % ACROSS * COOP_N;
            if (block < BLOCK / COOP_M * ACROSS && row < rows && col < cols) {
                coopEach(i, sums[q]) coopAt(sums[q], i) *= inverse;
                coopStoreFloat(sums[q], partial, slice * total + at + row * cols + col, cols);
            }
        }
        barrier();
    }
}
