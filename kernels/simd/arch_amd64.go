package simd

import "golang.org/x/sys/cpu"

// available lists the instruction sets that this processor has, the best last.
func available() []*vec {
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasF16C {
		return nil
	}
	scatter := [2][4]func(*byte){{scatterF1, scatterF2, scatterF4}, {scatterF1Range, scatterF2Range, scatterF4Range}}
	out := []*vec{{
		name: "avx2", lanes: 8, rows: 4, columns: 3,
		gemm:     [4]func(*byte){1: gemmAVX24x1, 2: gemmAVX24x2, 3: gemmAVX24x3},
		fetching: [2]func(*byte){gemmAVX24x3Fetch2, gemmAVX24x3Fetch4}, fetches: [2]int{2, 4}, planes: askPlanes, fetch: fetchRows, asking: gemmAVX24x3Ask, carrying: gemmAVX24x3Carry, carry: carryAVX2,
		cells: cellsAVX2,
		lookup: [2][4]func(*byte){
			{lookupAVX2F1, lookupAVX2F2, lookupAVX2F4},
			{1: lookupAVX2F2Half, 2: lookupAVX2F4Half},
		},
		scatter: scatter, sh4: sh4AVX2, adam: adamAVX2, transpose: transposeAVX2,
		radiance: radianceAVX2, exps: expsAVX2, decay: decayAVX2, above: aboveAVX2, partSums: partSumsAVX2,
		march: [2]func(*byte){marchConstantAVX2, marchGrowingAVX2},
	}}
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL {
		out = append(out, &vec{
			name: "avx512", lanes: 16, rows: 8, columns: 3,
			gemm:     [4]func(*byte){1: gemmAVX5128x1, 2: gemmAVX5128x2, 3: gemmAVX5128x3},
			fetching: [2]func(*byte){gemmAVX5128x3Fetch8, gemmAVX5128x3Fetch16}, fetches: [2]int{8, 16}, planes: askPlanes, fetch: fetchRows, asking: gemmAVX5128x3Ask, carrying: gemmAVX5128x3Carry, carry: carryAVX512,
			cells: cellsAVX512,
			lookup: [2][4]func(*byte){
				{lookupAVX512F1, lookupAVX512F2, lookupAVX512F4},
				{1: lookupAVX512F2Half, 2: lookupAVX512F4Half},
			},
			scatter: scatter, sh4: sh4AVX512, adam: adamAVX512, transpose: transposeAVX512,
			radiance: radianceAVX512, exps: expsAVX512, decay: decayAVX512, above: aboveAVX512, partSums: partSumsAVX512,
			march: [2]func(*byte){marchConstantAVX512, marchGrowingAVX512},
		})
	}
	return out
}
