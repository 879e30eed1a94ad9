package kernels

import (
	"math"
	"math/big"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels/enc"
)

// gridVectors are rows of a hashed level of 2^19 rows (reference vectors of the coherent-prime hash).
var gridVectors = []struct {
	v    [4]uint32
	want uint32
}{
	{[4]uint32{1, 0, 0}, 1}, {[4]uint32{0, 1, 0}, 489905}, {[4]uint32{0, 0, 1}, 153493}, {[4]uint32{1, 2, 3}, 128476},
	{[4]uint32{100, 200, 300}, 110768}, {[4]uint32{2047, 2047, 2047}, 285147}, {[4]uint32{math.MaxUint32, 0, 0}, 524287},
}

func TestGridIndexVectors(t *testing.T) {
	l := Level{Resolution: 2048, Size: 1 << 19, Hashed: 1}
	for _, c := range gridVectors {
		if got := gridIndex(&l, 3, &c.v); got != c.want {
			t.Errorf("hash%v = %d, want %d", c.v, got, c.want)
		}
	}
	two := Level{Resolution: 7007, Size: 1 << 15, Hashed: 1}
	if got := gridIndex(&two, 2, &[4]uint32{123, 456}); got != 17203 {
		t.Errorf("2-D row %d, want 17203", got)
	}
}

// The row is below the level's size and equal to the formula for any vertex, on every kind of level.
func TestGridIndexAnyVertex(t *testing.T) {
	r := pcg32.New(3)
	for _, g := range []enc.GridGeometry{
		{Kind: enc.GridHash, Dims: 3, Levels: 8, FeaturesPerLevel: 4, Log2HashmapSize: 15, BaseResolution: 16, PerLevelScale: 2},
		{Kind: enc.GridHash, Dims: 2, Levels: 12, FeaturesPerLevel: 2, Log2HashmapSize: 9, BaseResolution: 3, PerLevelScale: 3},
		{Kind: enc.GridHash, Dims: 4, Levels: 5, FeaturesPerLevel: 1, Log2HashmapSize: 20, BaseResolution: 5, PerLevelScale: 4},
		{Kind: enc.GridDense, Dims: 3, Levels: 5, FeaturesPerLevel: 4, BaseResolution: 7, PerLevelScale: 1.4},
		{Kind: enc.GridTiled, Dims: 3, Levels: 12, FeaturesPerLevel: 4, BaseResolution: 7, PerLevelScale: 2},
	} {
		levels, _, err := enc.Levels(g)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range GridLevels(levels) {
			for range 300 {
				var v [4]uint32
				for d := range g.Dims {
					v[d] = r.Uint32() >> (r.Uint32() % 32)
				}
				got, want := gridIndex(&l, uint32(g.Dims), &v), levels[i].Index(v[:g.Dims])
				if got != want || got >= l.Size {
					t.Fatalf("%v level %d vertex %v: row %d of %d, want %d (seed 3)", g.Kind, i, v, got, l.Size, want)
				}
			}
		}
	}
}

// Fixed point: rounding to the nearest 2^-40, halves away from zero, saturation at 2^16.
func TestGridFixed(t *testing.T) {
	inf := math.Inf(1)
	wide := func(low, high uint32) int64 { return int64(uint64(high)<<32 | uint64(low)) }
	for _, c := range []struct {
		v    float64
		want int64
	}{
		{0, 0}, {math.Copysign(0, -1), 0}, {1, 1 << 40}, {-1, -1 << 40}, {0x1p-40, 1}, {0x1p-41, 1}, {-0x1p-41, -1}, {0x1.fffffep-42, 0},
		{0x1p-42, 0}, {0x3p-41, 2}, {1e-40, 0}, {65535.99609375, 65535.99609375 * (1 << 40)}, {65536, 1 << 56}, {1e30, 1 << 56}, {-1e30, -1 << 56},
		{inf, 1 << 56}, {-inf, -1 << 56}, {math.NaN(), 1 << 56},
	} {
		if got := wide(GridToFixed(float32(c.v))); got != c.want {
			t.Errorf("%v: %d, want %d", c.v, got, c.want)
		}
	}
	r := pcg32.New(8)
	for range 200000 {
		v := math.Float32frombits(r.Uint32())
		if !(math.Abs(float64(v)) < 65536) {
			continue
		}
		exact, _ := new(big.Float).SetMantExp(big.NewFloat(float64(v)), 40).Float64()
		if got := wide(GridToFixed(v)); got != int64(math.Round(exact)) {
			t.Fatalf("%v: %d, want %v (seed 8)", v, got, exact)
		}
	}
	for range 200000 {
		low, high := r.Uint32(), uint32(int32(r.Uint32())>>(r.Uint32()%32))
		got, want := float64(GridFromFixed(low, high)), math.Ldexp(float64(wide(low, high)), -40)
		if !(math.Abs(got-want) <= 1.5*0x1p-23*math.Abs(want)) {
			t.Fatalf("words %#x %#x: %v, want %v (seed 8)", low, high, got, want)
		}
	}
	if GridFromFixed(0, 0) != 0 || GridFromFixed(1, 0) == 0 || GridFromFixed(math.MaxUint32, math.MaxUint32) != -0x1p-40 {
		t.Error("zero and the smallest values")
	}
}

// The fixed-point sum does not depend on the order, and equals the 64-bit sum.
func TestGridFixedOrder(t *testing.T) {
	r := pcg32.New(21)
	values := make([]float32, 999)
	var want uint64
	for i := range values {
		values[i] = (2*r.Float32() - 1) * float32(math.Exp2(float64(r.Uint32()%30)-20))
		low, high := GridToFixed(values[i])
		want += uint64(high)<<32 | uint64(low)
	}
	for range 5 {
		words := make([]uint32, 2)
		for i := range values {
			j := int(r.Uint32()) % (i + 1)
			values[i], values[j] = values[j], values[i]
		}
		for _, v := range values {
			gridAddFixed(words, v)
		}
		if got := uint64(words[1])<<32 | uint64(words[0]); got != want {
			t.Fatalf("sum %#x, want %#x (seed 21)", got, want)
		}
	}
}

func TestGridShapeCheck(t *testing.T) {
	for _, s := range []GridShape{{Dims: 1, Features: 2, Levels: 1}, {Dims: 3, Features: 3, Levels: 1}, {Dims: 3, Features: 2}, {Dims: 3, Features: 2, Levels: 129}, {Dims: 3, Features: 2, Levels: 1, Interpolation: 3}} {
		if s.Check() == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
	if err := (GridShape{Dims: 3, Features: 4, Levels: 8}).Check(); err != nil {
		t.Error(err)
	}
}
