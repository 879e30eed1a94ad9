// mlp_backward with fp16 operands and fp32 sums: weights and the gradients that go from layer to layer are halves; the deltas
// and dL/dx are fp32, before that rounding. Halves need a scale: each sample has its own, the power of two that brings the
// largest of its gradients with respect to the output's pre-activations to 2^4..2^5. That leaves 2^11 for growth on the
// way back, and 2^18 below before values become subnormal. Gradients are not clamped: what overflows is infinite in the
// result.
const uint MLP_WIDEST = OUT > WIDTH ? OUT : WIDTH;
#include "mlp_half.glsl"

shared float inverse[SIZE]; // of the scale of each row

// Gradient with respect to pre-activation `row` of the output.
float outputDelta(uint row, uint s) {
    uint p = row * push.capacity + s;
    float kept = 0.0;
    if (keepsArgument(OUT_ACT))
        kept = hidden[HIDDEN * WIDTH * push.capacity + p];
    else if (OUT_ACT != ACT_NONE)
        kept = outputs[p];
    return doutput[p] * activationSlope(OUT_ACT, kept);
}

// Stores the deltas of the output of sample s, and lays them out scaled in the row.
void begin(uint row, uint s, uint n) {
    float top = 0.0;
    if (s < n)
        for (uint k = 0u; k < OUT; k++) {
            float d = outputDelta(k, s);
            deltas[(HIDDEN * WIDTH + k) * push.capacity + s] = d;
            top = max(top, abs(d));
        }
    // 2^(4-e) for a largest value of 2^e..2^(e+1), and its inverse a normal number.
    uint exponent = clamp(258u - (floatBitsToUint(top) >> 23), 27u, 227u);
    float scale = uintBitsToFloat(exponent << 23);
    inverse[row] = uintBitsToFloat((254u - exponent) << 23);
    for (uint k = 0u; k < OUT; k += 2u)
        act[(row * ROW + k) / 2u] = s < n ? halfPair(scale * outputDelta(k, s), scale * outputDelta(k + 1u, s)) : halfPair(0.0, 0.0);
}

// The rows of a subgroup from row0 on, of which row 0 is sample `first`, hold gradients with respect to the `rows` outputs of
// matrix l; they become those with respect to the pre-activations of the layer before, or dL/dx behind matrix 0.
void propagate(uint row0, uint l, uint rows, uint first, uint n) {
    uint cols = matrixCols(l);
    CoopA a[TILES * BLOCKS];
    [[unroll]] for (uint t = 0u; t < TILES; t++)
        [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
            if (k * COOP_K < rows)
                coopLoadRows(a[t * BLOCKS + k], act, ((row0 + t * COOP_M) * ROW + k * COOP_K) / 2u, ROW / 2u);
    coopSync();
    uint chunk = WHOLE ? cols : (STAGE / rows - PAD) / 16u * 16u;
    for (uint from = 0u; from < cols; from += chunk) {
        uint count = min(chunk, cols - from);
        uint at = WHOLE ? matrixHalf(l) : 0u;
        uint stride = count + PAD;
        if (!WHOLE) {
            barrier();
            stageRows(matrixAt(l) + from, cols, rows, count, 0u);
            barrier();
        }
        for (uint j = 0u; j < count; j += COOP_N) {
            CoopSum c[TILES];
            [[unroll]] for (uint t = 0u; t < TILES; t++) coopClear(c[t]);
            [[unroll]] for (uint k = 0u; k < BLOCKS; k++)
                if (k * COOP_K < rows) {
                    CoopB b;
                    coopRightRows(b, mats, (at + k * COOP_K * stride + j) / 2u, stride / 2u);
                    [[unroll]] for (uint t = 0u; t < TILES; t++) coopAddRows(c[t], a[t * BLOCKS + k], b, mats);
                }
            [[unroll]] for (uint t = 0u; t < TILES; t++) {
                uint at = coopGroup() * COOP_SHARED;
                coopShare(c[t], spread, at);
                [[unroll]] for (uint i = 0u; i < COOP_PAIRS; i++)
                    if (coopHasPair(i)) {
                        vec2 d = coopPair(c[t], i, spread, at);
                        uint row = t * COOP_M + coopPairRow(i);
                        uint col = from + j + coopPairCol(i);
                        uint s = first + row;
                        float over = inverse[row0 + row];
                        if (l == 0u) {
                            if (s < n) {
                                dinput[col * push.capacity + s] = over * d.x;
                                dinput[(col + 1u) * push.capacity + s] = over * d.y;
                            }
                        } else {
                            if (s < n) {
                                uint p = ((l - 1u) * WIDTH + col) * push.capacity + s;
                                d *= vec2(activationSlope(ACT, hidden[p]), activationSlope(ACT, hidden[p + push.capacity]));
                                deltas[p] = over * d.x;
                                deltas[p + push.capacity] = over * d.y;
                            }
                            act[((row0 + row) * ROW + col) / 2u] = halfPair(d.x, d.y);
                        }
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
        begin(row, base + row, n);
        coopSync();
        uint lowest = INPUT != 0u ? 0u : 1u;
        if (HIDDEN >= lowest) propagate(row0, HIDDEN, OUT, base + row0, n);
        for (uint l = HIDDEN; l > lowest; l--) propagate(row0, l - 1u, WIDTH, base + row0, n);
    }
}
