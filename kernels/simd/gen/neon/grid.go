package main

import "fmt"

// Words of cellArgs, in order.
const (
	cPos     = iota // 3 planes, stride bytes apart
	cFrac           // 3 planes out: interpolation weight of the upper vertex per dimension
	cIndex          // 8 planes out: byte offset of each corner's row in its level
	cVectors        // vectors of samples
	cStride         // bytes from plane to plane, of all three arrays
	cScale          // float32 bits
	cMul            // 3 words: multiplier of each coordinate
	_
	_
	cMask   // hashed: size-1
	cSize   // rows of the level
	cShift  // log2 of the bytes of a row
	cHashed // 1: exclusive or and mask; 0: sum, wrapped once by size
	cSmooth // 1: smoothstep
	cAdd    // added to every byte offset: where the level begins, or 0
	cOver   // out: largest row of an unhashed level; not below size means that the rows must be redone
)

func grids() {
	cells()
	for _, half := range []bool{false, true} {
		for _, f := range []int{2, 4} {
			lookup(f, half)
		}
	}
	lookup(1, false)
	fetchRows()
}

// fetchRows writes the function that asks for rows of a table.
func fetchRows() {
	begin("fetchRows", "asks for the rows at byte offsets of a table, four at a time.", "(table *byte, offsets *float32, fours int)", "table", "offsets", "fours")
	tab, ip, n := param("table"), param("offsets"), param("fours")
	loop("rows", n, 1, func() {
		for _, o := range offsets(ip, 0) {
			addTo(o, tab)
			prefetch(o, 0, 1)
		}
		advance(ip, 16)
	})
	end()
}

// offsets loads four byte offsets.
func offsets(ip gp, at int) [4]gp {
	var o [4]gp
	for i := range o {
		o[i] = newGP()
	}
	for i := 0; i < 4; i += 2 {
		emit(fmt.Sprintf("LDPW %d(R?), (R?, R?)", at+4*i), ip, o[i], o[i+1])
	}
	return o
}

// cells writes, for one level and a block of samples, where the eight corners lie and the interpolation weights.
func cells() {
	begin("cellsNEON", "finds the corners of a block of samples in one level.", "(c *byte)", "c")
	c := args{param("c")}
	pos, frac, index := c.load(cPos), c.load(cFrac), c.load(cIndex)
	n, stride := c.load(cVectors), c.load(cStride)
	hashed, smooth := c.load(cHashed), c.load(cSmooth)
	scale, by, add, mask, size := c.splat(cScale), c.splat(cShift), c.splat(cAdd), c.splat(cMask), c.splat(cSize)
	mul := [3]vec{c.splat(cMul), c.splat(cMul + 1), c.splat(cMul + 2)}
	most := newVec()
	zero(most)
	loop("loop", n, 1, func() {
		p, q := copyGP(pos), copyGP(frac)
		var low, high [3]vec
		for d := range 3 {
			x := copyOf(constant(0.5))
			madd(x, load(p, 0), scale)
			// What no int32 can name, and NaN, counts as 0.
			x = and(x, fgt(constant(1<<31), fabs(x)))
			cell := floor(x)
			t := fsub(x, cell)
			unless(fmt.Sprintf("linear%d", d), smooth, func() {
				set(t, fmul(fmul(t, t), fsub(constant(3), fadd(t, t))))
			})
			store(t, q, 0)
			low[d] = imul(toInt(cell), mul[d])
			high[d] = iadd(low[d], mul[d])
			if d < 2 {
				addTo(p, stride)
				addTo(q, stride)
			}
		}
		out := copyGP(index)
		corners := func(row func(cx, cy, cz vec) vec) {
			for corner := range 8 {
				v := low
				for d := range v {
					if corner>>d&1 == 1 {
						v[d] = high[d]
					}
				}
				store(iadd(shift(row(v[0], v[1], v[2]), by), add), out, 0)
				if corner < 7 {
					addTo(out, stride)
				}
			}
		}
		branch("CBZ", "sum", hashed)
		corners(func(cx, cy, cz vec) vec { return and(xor(cx, xor(cy, cz)), mask) })
		branch("B", "next")
		label("sum")
		corners(func(cx, cy, cz vec) vec {
			r := iadd(cx, iadd(cy, cz))
			r = umin(r, isub(r, size))
			set(most, umax(most, r))
			return r
		})
		label("next")
		for _, r := range []gp{pos, frac, index} {
			advance(r, 16)
		}
	})
	emit(fmt.Sprintf("FMOVS F?, %d(R?)", 8*cOver), largest(most), c.base)
	end()
}

// Words of lookupArgs, in order.
const (
	lDst     = iota // F planes
	lTable          // first row of the level
	lFrac           // 3 planes
	lIndex          // 8 planes of byte offsets
	lVectors        // vectors of samples
	lStride         // bytes from plane to plane
)

// lookup writes the F interpolated features of one level for a block of samples. A row is one load; it is multiplied by the
// weight that the corner has in the lane of its sample, and the sums of four samples are turned into planes at the end.
// Rows of one value are gathered.
func lookup(f int, half bool) {
	name, bytes := fmt.Sprintf("lookupNEONF%d", f), 4*f
	if half {
		name, bytes = name+"Half", 2*f
	}
	begin(name, "interpolates one level for a block of samples.", "(l *byte)", "l")
	l := args{param("l")}
	dst, tab, frac, index, n, stride := l.load(lDst), l.load(lTable), l.load(lFrac), l.load(lIndex), l.load(lVectors), l.load(lStride)
	loop("loop", n, 1, func() {
		w := cornerWeights(frac, stride)
		sums := newVecs(4) // one for each sample
		if f == 1 {
			sums = sums[:1] // one for all
		}
		for _, s := range sums {
			zero(s)
		}
		ip := copyGP(index)
		for corner := range 8 {
			weight := w(corner)
			var rows [4]vec
			for i, o := range offsets(ip, 0) {
				rows[i] = loadAt(tab, o, bytes)
				if half {
					rows[i] = widen(rows[i])
				}
				switch f {
				case 2:
					maddLane2(sums[i], rows[i], weight, i)
				case 4:
					maddLane(sums[i], rows[i], weight, i)
				}
			}
			if f == 1 {
				madd(sums[0], low2(zip1(rows[0], rows[1]), zip1(rows[2], rows[3])), weight)
			}
			if corner < 7 {
				addTo(ip, stride)
			}
		}
		q := copyGP(dst)
		planes := sums
		switch f {
		case 2:
			a, b := low2(sums[0], sums[1]), low2(sums[2], sums[3])
			planes = []vec{even(a, b), odd(a, b)}
		case 4:
			t := transposed([4]vec(sums))
			planes = t[:]
		}
		for i, p := range planes {
			store(p, q, 0)
			if i+1 < len(planes) {
				addTo(q, stride)
			}
		}
		for _, r := range []gp{dst, frac, index} {
			advance(r, 16)
		}
	})
	end()
}

// cornerWeights loads the interpolation weights of four samples; the result forms those of a corner, in the order of the
// formula: ((wx·wy)·wz).
func cornerWeights(frac, stride gp) func(corner int) vec {
	p := copyGP(frac)
	var w [3][2]vec
	for d := range w {
		if d > 0 {
			addTo(p, stride)
		}
		w[d][1] = load(p, 0)
		w[d][0] = fsub(constant(1), w[d][1])
	}
	var xy [4]vec
	for i := range xy {
		xy[i] = fmul(w[0][i&1], w[1][i>>1])
	}
	return func(corner int) vec { return fmul(xy[corner&3], w[2][corner>>2]) }
}
