package main

// occupancies writes what passes over every cell of the density grid.
func occupancies() {
	begin("decayNEON", "merges measurements into whole registers of cells and clears them.",
		"(grid, measured *float32, vectors int, decay float32)", "grid", "measured", "vectors", "decay*4")
	grid, measured, n, decay := param("grid"), param("measured"), param("vectors"), floatParam("decay")
	loop("loop", n, 1, func() {
		g := load(grid, 0)
		// The measurement is the second operand: it replaces a 0 of either sign.
		store(choose(negative(g), g, most(fmul(g, decay), load(measured, 0))), grid, 0)
		store(ints(0), measured, 0)
		advance(grid, 16)
		advance(measured, 16)
	})
	end()

	begin("aboveNEON", "writes a bit for each of groups·32 cells: 1 where the value exceeds the threshold.",
		"(bits *byte, grid *float32, groups int, threshold float32)", "bits", "grid", "groups", "threshold*4")
	bits, cells, groups, threshold := param("bits"), param("grid"), param("groups"), floatParam("threshold")
	// The bit of each byte of a register: 1, 2, 4 … 128, twice.
	places, word64 := newVec(), newGP()
	emit("MOVD $0x8040201008040201, R?", word64)
	emit("VDUP R?, V?.D2", word64, places)
	loop("loop", groups, 1, func() {
		var bytes [2]vec
		for i := range bytes {
			var halves [2]vec
			for j := range halves {
				a, b := fgt(load(cells, 64*i+32*j), threshold), fgt(load(cells, 64*i+32*j+16), threshold)
				halves[j] = known("VUZP1 V?.H8, V?.H8, V?.H8", a, b)
			}
			bytes[i] = and(known("VUZP1 V?.B16, V?.B16, V?.B16", halves[0], halves[1]), places)
		}
		// Three sums of neighbours make a byte of eight.
		sum := known("VADDP V?.B16, V?.B16, V?.B16", bytes[0], bytes[1])
		sum = known("VADDP V?.B16, V?.B16, V?.B16", sum, sum)
		sum = known("VADDP V?.B16, V?.B16, V?.B16", sum, sum)
		emit("FMOVS.P F?, 4(R?)", sum, bits)
		advance(cells, 128)
	})
	end()

	begin("partSumsNEON", "adds the values above 0 of rows of 256 cells to 256 sums, column by column.",
		"(sums, grid *float32, rows int)", "sums", "grid", "rows")
	sums, first, rows, columns := param("sums"), param("grid"), param("rows"), newGP()
	emit("MOVD $16, R?", columns) // of 16 cells
	loop("columns", columns, 1, func() {
		var acc [4]vec
		for i := range acc {
			acc[i] = load(sums, 16*i)
		}
		at, left := copyGP(first), copyGP(rows)
		loop("rows", left, 1, func() {
			for i, s := range acc {
				addInto(s, fmax(load(at, 16*i), ints(0)))
			}
			advance(at, 1024)
		})
		for i, s := range acc {
			store(s, sums, 16*i)
		}
		advance(sums, 64)
		advance(first, 64)
	})
	end()
}
