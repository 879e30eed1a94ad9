// What mlp_forward and mlp_backward share in their forms with fp16 operands, on cooperative matrices (lib/coop.glsl) or
// without (lib/packed.glsl). A subgroup owns SUBGROUP samples, one a lane, and a row of workgroup memory for each; it
// multiplies rows with the weights layer by layer, in place. STAGE halves of workgroup memory hold weights: of the whole
// network where it fits, for as long as the workgroup lives; otherwise as many outputs of one matrix as fit, and every
// tile of samples loads the weights anew. The specialization constants are those of the kernel; included behind them and
// the bindings. MLP_WIDEST is the most values of a sample that a matrix is multiplied with.
#include "halves.glsl"

const uint ROW = MLP_WIDEST + ROW_PAD; // halves per sample
const uint TILES = SUBGROUP / COOP_M;  // row blocks of a subgroup
const uint BLOCKS = MLP_WIDEST / COOP_K;
const uint NETWORK = HIDDEN == 0u ? OUT * (IN + PAD) : WIDTH * (IN + PAD) + ((HIDDEN - 1u) * WIDTH + OUT) * (WIDTH + PAD);
const bool WHOLE = STAGE >= NETWORK;
const uint SIZE = gl_WorkGroupSize.x;

shared HalfPair act[SIZE * ROW / 2u];
shared HalfPair mats[STAGE / 2u];
shared float spread[COOP_SHARED == 0u ? 1u : SIZE / SUBGROUP * COOP_SHARED];

// First weight of matrix l, its columns and rows.
uint matrixAt(uint l) { return l == 0u ? 0u : WIDTH * IN + (l - 1u) * WIDTH * WIDTH; }
uint matrixCols(uint l) { return l == 0u ? IN : WIDTH; }
uint matrixRows(uint l) { return l == HIDDEN ? OUT : WIDTH; }
// Where it stands in mats when all do.
uint matrixHalf(uint l) { return l == 0u ? 0u : WIDTH * (IN + PAD) + (l - 1u) * WIDTH * (WIDTH + PAD); }

// Copies `rows` rows of `cols` weights, `stride` weights apart from weight `from` on, to mats, rows padded.
void stageRows(uint from, uint stride, uint rows, uint cols, uint to) {
    uint pairs = cols / 2u;
    for (uint e = gl_LocalInvocationIndex; e < rows * pairs; e += SIZE) {
        uint r = e / pairs;
        uint at = from + r * stride + e % pairs * 2u;
        mats[(to + r * (cols + PAD)) / 2u + e % pairs] = halves(weights[at], weights[at + 1u]);
    }
}

// Copies all matrices; a barrier must follow.
void stageNetwork() {
    for (uint l = 0u; l <= HIDDEN; l++)
        stageRows(matrixAt(l), matrixCols(l), matrixRows(l), matrixCols(l), matrixHalf(l));
}
