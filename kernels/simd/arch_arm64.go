package simd

// available lists the instruction sets that this processor has: NEON, which belongs to the architecture.
func available() []*vec {
	return []*vec{{
		name: "neon", lanes: 4, rows: 8, columns: 2,
		gemm:     [4]func(*byte){2: gemmNEON8x2},
		fetching: [2]func(*byte){gemmNEON8x2Fetch2, gemmNEON8x2Fetch4}, fetches: [2]int{2, 4}, planes: askPlanes, fetch: fetchRows, asking: gemmNEON8x2Ask, carrying: gemmNEON8x2Carry, carry: carryNEON,
		cells: cellsNEON,
		lookup: [2][4]func(*byte){
			{lookupNEONF1, lookupNEONF2, lookupNEONF4},
			{1: lookupNEONF2Half, 2: lookupNEONF4Half},
		},
		scatter: [2][4]func(*byte){{scatterNEONF1, scatterNEONF2, scatterNEONF4}, {scatterNEONF1Range, scatterNEONF2Range, scatterNEONF4Range}},
		sh4:     sh4NEON, adam: adamNEON, transpose: transposeNEON,
		radiance: radianceNEON, exps: expsNEON, decay: decayNEON, above: aboveNEON, partSums: partSumsNEON,
		march: [2]func(*byte){marchConstantNEON, marchGrowingNEON},
	}}
}
