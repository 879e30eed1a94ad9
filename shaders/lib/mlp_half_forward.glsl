// mlp_forward with fp16 operands and fp32 sums: inputs, weights and what a layer hands to the next are halves; what is kept
// for the backward pass and the outputs are fp32, before that rounding.
const uint MLP_WIDEST = IN > WIDTH ? IN : WIDTH;
#include "mlp_half.glsl"

// The rows of a subgroup from row0 on, of which row 0 is sample `first`, through matrix l of `cols` columns. They are read
// completely before the first output is written over them.
void layer(uint row0, uint l, uint cols, uint first, uint n) {
    bool last = l == HIDDEN;
    uint rows = last ? OUT : WIDTH;
    uint kind = last ? OUT_ACT : ACT;
    bool keep = SAVE != 0u && (!last || keepsArgument(OUT_ACT));
    uint stride = cols + PAD;
    CoopA a[TILES * BLOCKS];
    [[unroll]] for (uint t = 0u; t < TILES; t++)
        [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
            if (k * COOP_K < cols)
                coopLoadRows(a[t * BLOCKS + k], act, ((row0 + t * COOP_M) * ROW + k * COOP_K) / 2u, ROW / 2u);
    coopSync();
    uint chunk = WHOLE ? rows : STAGE / stride / 16u * 16u;
    for (uint from = 0u; from < rows; from += chunk) {
        uint count = min(chunk, rows - from);
        uint at = WHOLE ? matrixHalf(l) : 0u;
        if (!WHOLE) {
            barrier();
            stageRows(matrixAt(l) + from * cols, cols, count, cols, 0u);
            barrier();
        }
        for (uint j = 0u; j < count; j += COOP_N) {
            CoopSum c[TILES];
            [[unroll]] for (uint t = 0u; t < TILES; t++) coopClear(c[t]);
            [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
                if (k * COOP_K < cols) {
                    CoopB b;
                    coopRightCols(b, mats, (at + j * stride + k * COOP_K) / 2u, stride / 2u);
                    [[unroll]] for (uint t = 0u; t < TILES; t++) coopAddCols(c[t], a[t * BLOCKS + k], b, mats);
                }
            uint col0 = from + j;
            if (!last && !keep) {
                [[unroll]] for (uint t = 0u; t < TILES; t++) {
                    coopEach(i, c[t]) coopAt(c[t], i) = clamp(activate(ACT, coopAt(c[t], i)), -HALF_MAX, HALF_MAX);
                    coopStoreHalf(c[t], act, ((row0 + t * COOP_M) * ROW + col0) / 2u, ROW / 2u);
                }
                continue;
            }
            [[unroll]] for (uint t = 0u; t < TILES; t++) {
                uint at = coopGroup() * COOP_SHARED;
                coopShare(c[t], spread, at);
                [[unroll]] for (uint i = 0u; i < COOP_PAIRS; i++)
                    if (coopHasPair(i)) {
                        vec2 z = coopPair(c[t], i, spread, at);
                        vec2 y = vec2(activate(kind, z.x), activate(kind, z.y));
                        uint row = t * COOP_M + coopPairRow(i);
                        uint col = col0 + coopPairCol(i);
                        uint s = first + row;
                        if (s < n) {
                            if (keep) {
                                uint p = (l * WIDTH + col) * push.capacity + s;
                                hidden[p] = keepsArgument(kind) ? z.x : y.x;
                                hidden[p + push.capacity] = keepsArgument(kind) ? z.y : y.y;
                            }
                            if (last) {
                                outputs[col * push.capacity + s] = y.x;
                                outputs[(col + 1u) * push.capacity + s] = y.y;
                            }
                        }
                        if (!last) act[((row0 + row) * ROW + col) / 2u] = halves(y.x, y.y);
                    }
                coopSync();
            }
        }
    }
    coopSync();
}

void main() {
    uint n = min(counts[push.count_index], push.capacity);
    uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
    if (group * SIZE >= n) return; // nothing to stage weights for
    if (WHOLE) stageNetwork();
    barrier();
    uint row0 = coopGroup() * SUBGROUP;
    uint row = row0 + coopLane();
    uint step = gl_NumWorkGroups.x * gl_NumWorkGroups.y * SIZE;
    for (uint base = group * SIZE; base < n; base += step) {
        uint s = base + row;
        for (uint k = 0u; k < IN; k += 2u) {
            uint p = k * push.capacity + s;
            act[(row * ROW + k) / 2u] = s < n ? halves(inputs[p], inputs[p + push.capacity]) : halfPair(0.0, 0.0);
        }
        coopSync();
        layer(row0, 0u, IN, base + row0, n);
        for (uint l = 1u; l <= HIDDEN; l++) layer(row0, l, WIDTH, base + row0, n);
    }
}
