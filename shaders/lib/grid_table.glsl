// Reading the table of a grid encoding. The including shader declares, before this file, `uint table[]` in a storage
// buffer (float bits, or two packed halves a word where HALF is 1) and the constants FEATURES (1, 2, 4 or 8) and HALF.
#ifndef RADIA_GRID_TABLE
#define RADIA_GRID_TABLE

// acc[f] += weight * feature f of a row of the whole table.
void gridAccumulate(uint row, float weight, inout float acc[8]) {
    uint first = row * FEATURES;
    if (HALF != 0u) {
        if (FEATURES == 1u) {
            vec2 pair = unpackHalf2x16(table[first >> 1]);
            acc[0] += weight * ((first & 1u) == 0u ? pair.x : pair.y);
            return;
        }
        for (uint f = 0u; f < FEATURES; f += 2u) {
            vec2 pair = unpackHalf2x16(table[(first + f) >> 1]);
            acc[f] += weight * pair.x;
            acc[f + 1u] += weight * pair.y;
        }
        return;
    }
    for (uint f = 0u; f < FEATURES; f++) {
        acc[f] += weight * uintBitsToFloat(table[first + f]);
    }
}

// The FEATURES interpolated features of one level at x (network input, nominally 0..1); the rest of acc is 0.
void gridLookup(Level l, vec4 x, out float acc[8]) {
    for (uint f = 0u; f < 8u; f++) acc[f] = 0.0;
    uvec4 cell;
    vec4 t;
    gridCell(l, x, cell, t);
    vec4 w = gridWeight(t);
#define GRID_CORNER(c) gridAccumulate(l.offset + gridIndex(l, gridVertex(cell, c)), gridCornerWeight(w, c), acc);
#ifdef GRID_UNROLLED // three dimensions, and no loop
    GRID_CORNER(0u) GRID_CORNER(1u) GRID_CORNER(2u) GRID_CORNER(3u) GRID_CORNER(4u) GRID_CORNER(5u) GRID_CORNER(6u) GRID_CORNER(7u)
#else
    for (uint c = 0u; c < gridCorners(); c++) GRID_CORNER(c)
#endif
}

#endif
