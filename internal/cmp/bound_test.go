package cmp

import (
	"math"
	"testing"
)

var why = "test"

// TestPlantedFaults: each way a result can be wrong must be rejected by every kind of bound that could see it.
func TestPlantedFaults(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	base := func() []float32 { return []float32{-1.5, 0.25, 3, 1e-20, -0.75, 2, 7, 9} }
	bounds := []Bound{
		{Kind: Exact, Why: why},
		{Kind: ULP, ULP: 2, Why: why},
		{Kind: AbsRel, Abs: 1e-6, Rel: 1e-6, Why: why},
		{Kind: Stat, Abs: 1e-6, Rel: 1e-6, Outliers: 0, Why: why},
	}
	faults := map[string]func([]float32){
		"sign swapped":    func(g []float32) { g[0] = -g[0] },
		"one NaN":         func(g []float32) { g[3] = nan },
		"one Inf":         func(g []float32) { g[6] = inf },
		"three ulp":       func(g []float32) { g[2] = math.Float32frombits(math.Float32bits(g[2]) + 30) },
		"shifted a row":   func(g []float32) { copy(g[1:], base()) },
		"transposed pair": func(g []float32) { g[4], g[5] = g[5], g[4] },
		"all zero":        func(g []float32) { clear(g) },
		"unwritten tail":  func(g []float32) { g[7] = math.Float32frombits(0xFFFFFFFF) },
	}
	for _, b := range bounds {
		if err := Float32s(base(), base(), b); err != nil {
			t.Errorf("%v rejects equal data: %v", b, err)
		}
		for name, plant := range faults {
			g := base()
			plant(g)
			if Float32s(g, base(), b) == nil {
				t.Errorf("%v accepts the planted fault %q", b, name)
			}
		}
		same := base()
		if Float32s(same, same, b) == nil {
			t.Errorf("%v compares memory with itself", b)
		}
		if Float32s(base()[:7], base(), b) == nil || Float32s(nil, nil, b) == nil {
			t.Errorf("%v accepts wrong or empty lengths", b)
		}
	}
	if Float32s(base(), base(), Bound{Kind: Exact}) == nil {
		t.Error("a bound without a derivation is accepted")
	}
}

func TestTruth(t *testing.T) {
	want, tol := []float64{1, -2}, []float64{1e-6, 1e-6}
	if err := Truth([]float32{1, -2}, want, tol); err != nil {
		t.Error(err)
	}
	for name, got := range map[string][]float32{"off": {1.00001, -2}, "nan": {1, float32(math.NaN())}, "short": {1}} {
		if Truth(got, want, tol) == nil {
			t.Errorf("accepts %s", name)
		}
	}
	if Truth([]float32{1, -2}, want, []float64{1, math.Inf(1)}) == nil {
		t.Error("accepts an infinite tolerance")
	}
}

func TestStatOutliers(t *testing.T) {
	want := make([]float32, 1000)
	got := make([]float32, 1000)
	got[5] = 1
	b := Bound{Kind: Stat, Abs: 1e-6, Outliers: 0.001, Why: why}
	if err := Float32s(got, want, b); err != nil {
		t.Error(err)
	}
	got[6] = 1
	if Float32s(got, want, b) == nil {
		t.Error("two outliers pass where one is allowed")
	}
	got[6] = float32(math.NaN())
	got[5] = 0
	if Float32s(got, want, b) == nil {
		t.Error("a NaN passes as an outlier")
	}
}

func TestULPs(t *testing.T) {
	if ULPs(0, float32(math.Copysign(0, -1))) != 0 {
		t.Error("zeros of both signs differ")
	}
	tiny := math.SmallestNonzeroFloat32
	if ULPs(float32(tiny), float32(-tiny)) != 2 {
		t.Error("distance across zero is wrong")
	}
	if Words([]uint32{1, 2}, []uint32{1, 3}, Bound{Kind: Exact, Why: why}) == nil {
		t.Error("different words pass")
	}
}

// A fixed-point comparison sees a lost carry, a wrong sign, a swapped pair and a difference in the low word.
func TestFixedPoint(t *testing.T) {
	b := Bound{Kind: Fixed, Abs: 1e-9, Why: why}
	want := []uint32{5, 1 << 8, 1 << 31, ^uint32(0), 0, 0}
	if err := FixedPoint([]uint32{6, 1 << 8, 1<<31 - 1, ^uint32(0), 0, 0}, want, b); err != nil {
		t.Error(err)
	}
	for name, got := range map[string][]uint32{
		"lost carry":   {5, 1<<8 - 1, 1 << 31, ^uint32(0), 0, 0},
		"sign":         {5, 1 << 8, 1 << 31, 0, 0, 0},
		"swapped":      {1 << 8, 5, 1 << 31, ^uint32(0), 0, 0},
		"low word":     {5, 1 << 8, 1<<31 + 5000, ^uint32(0), 0, 0},
		"half a pair":  {5, 1 << 8, 1 << 31},
		"one pair off": {1 << 31, ^uint32(0), 5, 1 << 8, 0, 0},
	} {
		if FixedPoint(got, want, b) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
