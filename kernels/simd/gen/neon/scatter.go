package main

import "fmt"

// Words of scatterArgs, in order.
const (
	sTable   = iota // first row of the level's gradients
	sGrad           // F planes
	sFrac           // 3 planes
	sIndex          // 8 planes of byte offsets
	sNext           // 8 planes of the block to come, whose rows are fetched meanwhile
	sWeights        // scratch: 8 planes
	sRows           // scratch: one row of F gradients per sample
	sSamples        // to scatter; the planes hold whole registers
	sVectors        // groups of 8 samples that cover them
	sStride         // bytes from plane to plane
	sLow            // first byte offset of the range that the call owns
	sLength         // its length; offsets outside are left alone
)

// scatters writes the forms for rows of one, two and four features, for a whole level and for a range of its rows.
func scatters() {
	for _, f := range []int{1, 2, 4} {
		scatter(f, false)
		scatter(f, true)
	}
}

func scatter(f int, ranged bool) {
	name := fmt.Sprintf("scatterNEONF%d", f)
	if ranged {
		name += "Range"
	}
	begin(name, "adds weight times gradient to the eight rows of each sample, in the order of the samples.", "(s *byte)", "s")
	s := args{param("s")}
	stride := s.load(sStride)
	fours := func() gp { // of samples
		n := s.load(sVectors)
		addTo(n, n)
		return n
	}

	frac, weights := s.load(sFrac), s.load(sWeights)
	loop("weights", fours(), 1, func() {
		w, q := cornerWeights(frac, stride), copyGP(weights)
		for corner := range 8 {
			store(w(corner), q, 0)
			if corner < 7 {
				addTo(q, stride)
			}
		}
		advance(frac, 16)
		advance(weights, 16)
	})
	gradients := sGrad // a plane is rows of one value
	if f > 1 {
		gradientRows(f, s, stride, fours())
		gradients = sRows
	}

	tab, rows, index, next, n := s.load(sTable), s.load(gradients), s.load(sIndex), s.load(sNext), s.load(sSamples)
	weights = s.load(sWeights)
	var low, length gp
	if ranged {
		low, length = s.load(sLow), s.load(sLength)
	}
	loop("samples", n, 1, func() {
		g := newVec()
		switch f {
		case 1:
			emit("FMOVS.P 4(R?), F?", rows, g)
		case 2:
			emit("FMOVD.P 8(R?), F?", rows, g)
		case 4:
			emit("FMOVQ.P 16(R?), F?", rows, g)
		}
		ip, wp, np := copyGP(index), copyGP(weights), copyGP(next)
		for corner := range 8 {
			skip := fmt.Sprintf("skip%d", corner)
			o, w := newGP(), newVec()
			emit("MOVWU (R?), R?", ip, o)
			if ranged {
				t := newGP()
				emit("SUB R?, R?, R?", low, o, t)
				emit("CMP R?, R?", length, t)
				branch("BHS", skip)
			}
			emit("FMOVS (R?), F?", wp, w)
			storeAt(fadd(loadAt(tab, o, 4*f), mulLane(g, w, 0)), tab, o, 4*f)
			if ranged {
				label(skip)
			} else {
				ahead := newGP()
				emit("MOVWU (R?), R?", np, ahead)
				addTo(ahead, tab)
				prefetch(ahead, 0, 1)
			}
			if corner < 7 {
				addTo(ip, stride)
				addTo(wp, stride)
				addTo(np, stride)
			}
		}
		for _, r := range []gp{index, weights, next} {
			advance(r, 4)
		}
	})
	end()
}

// gradientRows turns F planes into one row of F values per sample, four samples at a time.
func gradientRows(f int, s args, stride, n gp) {
	grad, out := s.load(sGrad), s.load(sRows)
	loop("rows", n, 1, func() {
		p := copyGP(grad)
		var in [4]vec
		for i := range f {
			if i > 0 {
				addTo(p, stride)
			}
			in[i] = load(p, 0)
		}
		var rows []vec
		if f == 2 {
			rows = []vec{zip1(in[0], in[1]), zip2(in[0], in[1])}
		} else {
			t := transposed(in)
			rows = t[:]
		}
		for i, r := range rows {
			store(r, out, 16*i)
		}
		advance(out, 16*f)
		advance(grad, 16)
	})
}
