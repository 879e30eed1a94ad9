package main

import "fmt"

// Words of gemmArgs, in order.
const (
	gDst = iota
	gA
	gB
	gMask
	gRowTiles
	gK
	gColTiles
	gLda
	gLdb
	gLdc
	gFlags
	gFetch // byte offsets of table rows to fetch
	gTable // what they are offsets into
	gFrom  // planes of a block to copy meanwhile; these are advanced by the call
	gTo
	gNext // a plane that will be copied soon
	gFromStride
	gToStride
	gNextStride
	gLeft // planes still to copy
)

// planeBytes is a plane of one block of 48 samples.
const planeBytes = 4 * 48

// Bits of gemmArgs.flags, by their places.
const (
	bitAccumulate = 0
	bitReLU       = 1
	bitMask       = 2
)

// Tiles of 8 rows by 2 registers: 16 sums are as many as four units of latency 4 need, and a load feeds four
// multiply-adds, since one load brings four steps of a row of A, whose values are picked by lane.
const (
	tileRows = 8
	tileCols = 2
)

func gemms() {
	gemm("", "", 0, nil)
	for _, fetch := range []int{2, 4} {
		gemm(fmt.Sprintf("Fetch%d", fetch), fmt.Sprintf(" and fetches %d table rows every four steps", fetch), fetch, nil)
	}
	gemm("Carry", " and copies a plane of a block every four steps", 0, carryPlane)
	gemm("Ask", " and asks for a plane of the next block every four steps", 0, askPlane)
	carries()
	planesAhead()
}

// gemm writes C (+)= A·B with tiles of C kept in registers over the whole of k. With fetch every four steps of k fetch
// that many rows of the grid's table; with an errand they do something for one plane of a block, as long as any is left.
func gemm(kind, doc string, fetch int, errand func(g args, none string)) {
	name := fmt.Sprintf("gemmNEON%dx%d%s", tileRows, tileCols, kind)
	begin(name, fmt.Sprintf("multiplies in tiles of %d rows and %d vectors%s.", tileRows, tileCols, doc), "(p *byte)", "p")
	g := args{param("p")}
	lda, ldb, ldc, flags := g.load(gLda), g.load(gLdb), g.load(gLdc), g.load(gFlags)
	rowA, rowC, rowTiles := g.load(gA), g.load(gDst), g.load(gRowTiles)
	var next, tab gp
	if fetch > 0 {
		next, tab = g.load(gFetch), g.load(gTable)
	}
	loop("rows", rowTiles, 1, func() {
		colB, colC, colTiles := g.load(gB), copyGP(rowC), g.load(gColTiles)
		loop("cols", colTiles, 1, func() {
			var acc [tileRows][tileCols]vec
			a := [tileRows]gp{copyGP(rowA)}
			for i := range acc {
				if i > 0 {
					a[i] = sumGP(a[i-1], lda)
				}
				for j := range acc[i] {
					acc[i][j] = newVec()
					zero(acc[i][j])
				}
			}
			b, k := copyGP(colB), g.load(gK)
			loop("k", k, 4, func() {
				var row [tileRows]vec
				for i := range row {
					row[i] = newVec()
					emit("FMOVQ.P 16(R?), F?", a[i], row[i])
				}
				for step := range 4 {
					x := [tileCols]vec{}
					for j := range x {
						x[j] = load(b, 16*j)
					}
					addTo(b, ldb)
					for i := range acc {
						for j := range x {
							maddLane(acc[i][j], x[j], row[i], step)
						}
					}
					for range fetch / 2 * (1 - step&1) {
						fetchRow(tab, next)
					}
				}
				if errand != nil {
					errand(g, "none")
				}
			})
			finish(g, acc, colC, ldc, flags)
			advance(colB, 16*tileCols)
			advance(colC, 16*tileCols)
		})
		step := newGP()
		emit("LSL $3, R?, R?", lda, step) // 8 rows
		addTo(rowA, step)
		emit("LSL $3, R?, R?", ldc, step)
		addTo(rowC, step)
	})
	end()
}

// fetchRow asks for one row of the table.
func fetchRow(tab, next gp) {
	o := newGP()
	emit("MOVWU.P 4(R?), R?", next, o)
	addTo(o, tab)
	prefetch(o, 0, 2)
}

// finish is what happens to a tile before it is stored, and that.
func finish(g args, acc [tileRows][tileCols]vec, colC, ldc, flags gp) {
	each := func(base gp, f func(p gp, at int, r vec)) {
		p := copyGP(base)
		for i := range acc {
			for j, r := range acc[i] {
				f(p, 16*j, r)
			}
			if i+1 < tileRows {
				addTo(p, ldc)
			}
		}
	}
	unlessBit("sum", flags, bitAccumulate, func() {
		each(colC, func(p gp, at int, r vec) {
			addInto(r, load(p, at))
		})
	})
	unlessBit("norelu", flags, bitReLU, func() {
		none := newVec()
		zero(none)
		for i := range acc {
			for _, r := range acc[i] {
				word(0x4e20f400, "fmax v?.4s, v?.4s, v?.4s", three, r, r, none) // a NaN stays visible
			}
		}
	})
	unlessBit("nomask", flags, bitMask, func() {
		mask, dst := g.load(gMask), g.load(gDst)
		emit("SUB R?, R?, R?", dst, mask, mask)
		addTo(mask, colC)
		each(mask, func(p gp, at int, r vec) {
			emit("VAND V?.B16, V?.B16, V?.B16", positive(load(p, at)), r, r)
		})
	})
	each(colC, func(p gp, at int, r vec) { store(r, p, at) })
}

// count takes one of the planes that are left, or goes to none.
func count(g args, none string) {
	left := g.load(gLeft)
	emit("SUBS $1, R?, R?", left, left)
	branch("BLT", none)
	g.store(gLeft, left)
}

// askPlane asks for the samples of the next block in one plane. They may begin anywhere in a line; the line of their first
// value is then also the last line of the block before them, which was asked for with that one.
func askPlane(g args, none string) {
	count(g, none)
	p := g.load(gNext)
	for at := 64; at <= planeBytes; at += 64 {
		q := newGP()
		emit(fmt.Sprintf("ADD $%d, R?, R?", at-4), p, q) // a prefetch takes multiples of 8
		prefetch(q, 0, 1)
	}
	addTo(p, g.load(gNextStride))
	g.store(gNext, p)
	label(none)
}

// carryPlane copies one plane of a block and asks for another one.
func carryPlane(g args, none string) {
	count(g, none)
	copyPlane(g)
	label(none)
}

func copyPlane(g args) {
	p := g.load(gNext)
	for at := 0; at < planeBytes; at += 64 {
		prefetch(p, at, 2)
	}
	addTo(p, g.load(gNextStride))
	g.store(gNext, p)
	from, to := g.load(gFrom), g.load(gTo)
	for at := 0; at < planeBytes; at += 64 {
		var some [4]vec
		for i := range some {
			some[i] = load(from, at+16*i)
		}
		for i, r := range some {
			store(r, to, at+16*i)
		}
	}
	addTo(from, g.load(gFromStride))
	addTo(to, g.load(gToStride))
	g.store(gFrom, from)
	g.store(gTo, to)
}

// carries writes the copying of all planes that are left.
func carries() {
	begin("carryNEON", "copies the planes of a block that are left.", "(p *byte)", "p")
	g := args{param("p")}
	label("planes")
	count(g, "none")
	copyPlane(g)
	branch("B", "planes")
	label("none")
	end()
}

// planesAhead writes the function that asks for a block of some planes.
func planesAhead() {
	begin("askPlanes", "asks for a block of some planes, stride bytes apart.", "(first *float32, planes, stride int)", "first", "planes", "stride")
	p, n, stride := param("first"), param("planes"), param("stride")
	loop("planes", n, 1, func() {
		q := newGP()
		emit(fmt.Sprintf("ADD $%d, R?, R?", planeBytes-4), p, q)
		for at := 0; at < planeBytes; at += 64 {
			prefetch(p, at, 1)
		}
		prefetch(q, 0, 1)
		addTo(p, stride)
	})
	end()
}
