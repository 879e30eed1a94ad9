package main

// transposes writes dst[s][r] = src[r][s] in tiles of four by four.
func transposes() {
	begin("transposeNEON", "transposes tiles of four rows by four columns; strides in bytes.",
		"(dst, src *float32, rowTiles, colTiles, dstStride, srcStride int)", "dst", "src", "rowTiles", "colTiles", "dstStride", "srcStride")
	dst, src, rows, dstStride, srcStride := param("dst"), param("src"), param("rowTiles"), param("dstStride"), param("srcStride")
	loop("rows", rows, 1, func() {
		s, d, cols := copyGP(src), copyGP(dst), param("colTiles")
		loop("cols", cols, 1, func() {
			p := copyGP(s)
			var x [4]vec
			for i := range x {
				if i > 0 {
					addTo(p, srcStride)
				}
				x[i] = load(p, 0)
			}
			for _, y := range transposed(x) {
				store(y, d, 0)
				addTo(d, dstStride)
			}
			advance(s, 16)
		})
		for range 4 {
			addTo(src, srcStride)
		}
		advance(dst, 16)
	})
	end()
}

// transposed are the columns of four rows.
func transposed(x [4]vec) [4]vec {
	a, b, c, d := zip1(x[0], x[1]), zip2(x[0], x[1]), zip1(x[2], x[3]), zip2(x[2], x[3])
	return [4]vec{low2(a, c), high2(a, c), low2(b, d), high2(b, d)}
}
