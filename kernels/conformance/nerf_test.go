package conformance

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
)

// TestNetworkTolerances holds that what the oracle tolerates of a whole network, which is the worst that roundings can do,
// still says something, and that it is within what live checks allow two devices to differ by: twice the tolerance is at
// most networkBound, 2^-9. A gradient is tight unless its sample has a ReLU that rounding may turn.
func TestNetworkTolerances(t *testing.T) {
	live := kernels.NerfInfer.Bounds["raw"].Abs
	for _, s := range nerfSetups() {
		loose, all := 0, 0
		for i := range min(s.n, 5) {
			trace := s.trace(i)
			for _, v := range []oracle.Val{trace.R, trace.G, trace.B, trace.DensityV} {
				if !(2*v.E <= live) {
					t.Errorf("%v: sample %d: an output of %.3g tolerates %.2g", s, i, v.V, v.E)
				}
			}
			_, _, features := s.truth.Backward(trace, [4]float32{1, -1, 1, -1})
			for _, v := range features {
				if all++; !(2*v.E <= live) {
					loose++
				}
			}
		}
		if loose > all/2 {
			t.Errorf("%v: %d of %d gradients tolerate more than 2^-10", s, loose, all)
		}
	}
	// Bounds by magnitudes grow by the sum of a row's weights with every layer: the test must tell them from forms.
	s := newNerf(kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 4, RGBHidden: 3}, 1, 314)
	trace := s.trace(0)
	x := trace.In
	for l := range s.DensityHidden { // the layers one by one, each error of the input on its own
		m := *truth(kernels.MLP{In: len(x), Width: 64, Out: 16, Hidden: 1, Act: kernels.ActReLU}, nil)
		at := 0
		if l > 0 {
			at = 32*64 + (l-1)*64*64
		}
		m.Weights = append(s.weights[at:at+len(x)*64:at+len(x)*64], make([]float32, 16*64)...)
		kept, _ := m.Forward(x)
		x = kept[0]
	}
	magnitude, form := 0.0, 0.0
	for i, v := range x {
		magnitude = math.Max(magnitude, v.E)
		form = math.Max(form, trace.Density[s.DensityHidden-1][i].E)
	}
	if !(magnitude > 20*form) {
		t.Errorf("planted fault: bounds that forget where errors come from are %.2g, with forms %.2g", magnitude, form)
	}
}
