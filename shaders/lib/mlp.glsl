#ifndef RADIA_MLP
#define RADIA_MLP
// A tile of TILE samples stands in workgroup memory, one row per neuron: act[row*TILE + sample]. An invocation
// multiplies up to MLP_PER rows for four samples in registers; results go back in place between two barriers.
//
// The including file defines, before the include, the constants TILE (a multiple of 4) and MLP_ROWS (rows of the tile)
// and the function float mlpWeight(uint index). The number of invocations is a multiple of TILE/4.

const uint MLP_PER = 8u;
const uint MLP_LANES = TILE / 4u;

shared float act[MLP_ROWS * TILE];

// The register tile: rows mlpRow(first, per)+k, samples mlpLane() + j*MLP_LANES for component j.
vec4 mlpAcc[MLP_PER];

uint mlpGroups() { return gl_WorkGroupSize.x / MLP_LANES; }
uint mlpLane() { return gl_LocalInvocationIndex % MLP_LANES; }

// Rows that each invocation computes, so that one pass covers all rows where it can.
uint mlpPer(uint rows) { return min((rows + mlpGroups() - 1u) / mlpGroups(), MLP_PER); }
uint mlpRow(uint first, uint per) { return first + (gl_LocalInvocationIndex / MLP_LANES) * per; }

vec4 mlpLoad(uint row) {
    uint p = row * TILE + mlpLane();
    return vec4(act[p], act[p + MLP_LANES], act[p + 2u * MLP_LANES], act[p + 3u * MLP_LANES]);
}

void mlpStore(uint row, vec4 v) {
    uint p = row * TILE + mlpLane();
    act[p] = v.x;
    act[p + MLP_LANES] = v.y;
    act[p + 2u * MLP_LANES] = v.z;
    act[p + 3u * MLP_LANES] = v.w;
}

// mlpMultiply is the one place that multiplies: mlpAcc = M * act for the rows of this invocation, where element (row, i)
// of M is mlpWeight(at + row*rowStride + i*colStride), 0 <= i < cols. A variant with other arithmetic replaces it.
void mlpMultiply(uint at, uint first, uint per, uint rows, uint cols, uint rowStride, uint colStride) {
    for (uint k = 0u; k < MLP_PER; k++)
        mlpAcc[k] = vec4(0.0);
    uint row = mlpRow(first, per);
    if (row >= rows)
        return;
    for (uint i = 0u; i < cols; i++) {
        vec4 x = mlpLoad(i);
        uint q = at + i * colStride;
        for (uint k = 0u; k < MLP_PER; k++)
            if (k < per)
                mlpAcc[k] += mlpWeight(q + min(row + k, rows - 1u) * rowStride) * x;
    }
}

// mlpCommit writes the register tile to rows of act after every invocation has read what it needs of the old ones.
void mlpCommit(uint per, uint rows) {
    barrier();
    uint row = mlpRow(0u, per);
    for (uint k = 0u; k < MLP_PER; k++)
        if (k < per && row + k < rows)
            mlpStore(row + k, mlpAcc[k]);
    barrier();
}
#endif
