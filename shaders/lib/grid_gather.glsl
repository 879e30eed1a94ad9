// Interpolation from a table in wide loads: one load of 4, 8 or 16 bytes per vertex, all vertices of a level in flight
// before the first is used. The including shader declares the table three times on one binding, as `uint table[]`,
// `uvec2 table2[]` and `uvec4 table4[]`, and the constants FEATURES and HALF of lib/grid_table.glsl.
#ifndef RADIA_GRID_GATHER
#define RADIA_GRID_GATHER

// 4-byte words of a row, and whether a row is a whole number of them that one load takes.
const uint GATHER_WORDS = HALF != 0u ? FEATURES / 2u : FEATURES;
const bool GATHER_WIDE = GATHER_WORDS >= 1u && GATHER_WORDS <= 4u;

// A level at one position: the words of its vertices and the weights of the upper ones.
struct Gather {
    uvec4 row[8];
    vec4 weight;
};

void gather(Level l, vec4 x, out Gather g) {
    uvec4 cell;
    vec4 t;
    gridCell(l, x, cell, t);
    g.weight = gridWeight(t);
    [[unroll]] for (uint c = 0u; c < 8u; c++) {
        if (c >= gridCorners()) continue;
        uint row = l.offset + gridIndex(l, gridVertex(cell, c));
        if (GATHER_WORDS == 1u) g.row[c] = uvec4(table[row], 0u, 0u, 0u);
        else if (GATHER_WORDS == 2u) g.row[c] = uvec4(table2[row], 0u, 0u);
        else g.row[c] = table4[row];
    }
}

// acc[f] is feature f of the gathered level, f < FEATURES; summed in the order of the vertices.
void blend(Gather g, out float acc[8]) {
    [[unroll]] for (uint f = 0u; f < 8u; f++) acc[f] = 0.0;
    [[unroll]] for (uint c = 0u; c < 8u; c++) {
        if (c >= gridCorners()) continue;
        float w = gridCornerWeight(g.weight, c);
        [[unroll]] for (uint k = 0u; k < 4u; k++) {
            if (k >= GATHER_WORDS) continue;
            if (HALF != 0u) {
                vec2 pair = unpackHalf2x16(g.row[c][k]);
                acc[2u * k] += w * pair.x;
                acc[2u * k + 1u] += w * pair.y;
            } else {
                acc[k] += w * uintBitsToFloat(g.row[c][k]);
            }
        }
    }
}

#endif
