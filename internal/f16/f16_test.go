package f16

import (
	"math"
	"math/rand/v2"
	"testing"
)

// wide is the definition of the format in float64, written without looking at bits of a float32.
func wide(h uint16) float64 {
	s := 1.0
	if h >= 0x8000 {
		s = -1
	}
	e, f := int(h/1024)%32, float64(h%1024)
	switch {
	case e == 31 && f == 0:
		return s * math.Inf(1)
	case e == 31:
		return math.NaN()
	case e == 0:
		return s * math.Ldexp(f, -24)
	}
	return s * math.Ldexp(1024+f, e-25)
}

// narrow rounds by the quantum of the binade: the float64 formulation of round to nearest, ties to even.
func narrow(x float64) float64 {
	a := math.Abs(x)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	_, e := math.Frexp(a) // a = m·2^e, m in [1/2,1)
	q := math.Ldexp(1, max(e-11, -24))
	r := math.RoundToEven(a/q) * q
	if r >= 65536 {
		r = math.Inf(1)
	}
	return math.Copysign(r, x)
}

type converter func(float32) uint16

// wrong returns the first f that conv rounds differently from narrow.
func wrong(conv converter, fs []float32) (float32, bool) {
	for _, f := range fs {
		got, want := wide(conv(f)), narrow(float64(f))
		if math.IsNaN(want) {
			if !math.IsNaN(got) {
				return f, true
			}
			continue
		}
		if math.Float64bits(got) != math.Float64bits(want) {
			return f, true
		}
	}
	return 0, false
}

// probes are, for every pair of neighbouring halves, both ends, the midpoint and its float32 neighbours.
func probes() []float32 {
	var fs []float32
	for h := uint32(0); h < 0x7c00; h++ {
		a := wide(uint16(h))
		b := wide(uint16(h + 1))
		if math.IsInf(b, 1) {
			b = 65536
		}
		mid := float32((a + b) / 2)
		for _, f := range []float32{float32(a), mid, math.Nextafter32(mid, 0), math.Nextafter32(mid, 1e9)} {
			fs = append(fs, f, -f)
		}
	}
	return append(fs, 65504, 65519.996, 65520, 1e30, math.MaxFloat32, math.SmallestNonzeroFloat32,
		float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()))
}

func TestTo32Exhaustive(t *testing.T) {
	for i := 0; i <= 0xffff; i++ {
		h := uint16(i)
		got, want := float64(To32(h)), wide(h)
		if math.IsNaN(want) {
			if !math.IsNaN(got) {
				t.Fatalf("To32(%#04x) = %v, want NaN", h, got)
			}
			if back := From32(To32(h)); back != h|0x200 {
				t.Fatalf("NaN %#04x came back as %#04x", h, back)
			}
			continue
		}
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("To32(%#04x) = %v, want %v", h, got, want)
		}
		if back := From32(To32(h)); back != h {
			t.Fatalf("From32(To32(%#04x)) = %#04x", h, back)
		}
	}
}

func TestFrom32AtEveryBoundary(t *testing.T) {
	if f, bad := wrong(From32, probes()); bad {
		t.Fatalf("From32(%v = %#08x) = %v, want %v", f, math.Float32bits(f), wide(From32(f)), narrow(float64(f)))
	}
}

func TestFrom32RandomBits(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	fs := make([]float32, 1<<20)
	for i := range fs {
		fs[i] = math.Float32frombits(rng.Uint32())
		if i%2 == 1 { // half of them inside the range of a half
			fs[i] = float32(math.Ldexp(rng.Float64()*2-1, rng.IntN(44)-27))
		}
	}
	if f, bad := wrong(From32, fs); bad {
		t.Fatalf("seed %d: From32(%#08x) = %v, want %v", seed, math.Float32bits(f), wide(From32(f)), narrow(float64(f)))
	}
}

// Planted faults: rounding that a careless port would have must be caught by the probes.
func TestPlantedRoundingFaults(t *testing.T) {
	faults := map[string]converter{
		"truncate": func(f float32) uint16 {
			h := From32(f)
			if To32(h) != f && math.Abs(float64(To32(h))) > math.Abs(float64(f)) {
				h--
			}
			return h
		},
		"ties away": func(f float32) uint16 {
			h := From32(f)
			if h&0x7fff < 0x7c00 {
				lo, hi := wide(h), wide(h+1)
				if h&0x7fff == 0x7bff {
					hi = math.Copysign(65536, lo)
				}
				if float64(f) == (lo+hi)/2 {
					h++
				}
			}
			return h
		},
		"flush subnormals": func(f float32) uint16 {
			if math.Abs(float64(f)) < math.Ldexp(1, -14) {
				return uint16(math.Float32bits(f) >> 16 & 0x8000)
			}
			return From32(f)
		},
		"no infinity": func(f float32) uint16 {
			h := From32(f)
			if h&0x7fff == 0x7c00 {
				h--
			}
			return h
		},
	}
	fs := probes()
	for name, conv := range faults {
		if _, bad := wrong(conv, fs); !bad {
			t.Errorf("planted fault %q was not caught", name)
		}
	}
}

func TestSlices(t *testing.T) {
	src := []float32{0, 1, -2, 0.1, 65504, 1e9}
	h := FromSlice(src)
	back := ToSlice(h)
	for i := range src {
		if h[i] != From32(src[i]) || back[i] != Round(src[i]) {
			t.Fatalf("element %d: %#04x %v", i, h[i], back[i])
		}
	}
	defer func() {
		if recover() == nil {
			t.Fatal("unequal lengths were accepted")
		}
	}()
	EncodeSlice(make([]Bits, 2), src)
}

func BenchmarkFromSlice(b *testing.B) {
	src := make([]float32, 1<<16)
	for i := range src {
		src[i] = float32(i)*1e-3 - 30
	}
	dst := make([]Bits, len(src))
	b.SetBytes(int64(len(src) * 4))
	for b.Loop() {
		EncodeSlice(dst, src)
	}
}
