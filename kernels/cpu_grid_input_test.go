package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels/enc"
)

// TestGridInputForm: the form of grid_encode_input for the CPU has the twin's bits, and notices a table of other values.
func TestGridInputForm(t *testing.T) {
	for _, features := range []int{1, 2, 4, 8} {
		for _, smooth := range []uint32{GridLinear, GridSmoothstep} {
			t.Run(fmt.Sprint(features, smooth), func(t *testing.T) {
				geometry, rows, err := enc.Levels(enc.GridGeometry{Kind: enc.GridHash, Dims: 3, Levels: 4, FeaturesPerLevel: features, Log2HashmapSize: 10, BaseResolution: 6, PerLevelScale: 1.5})
				if err != nil {
					t.Fatal(err)
				}
				levels := GridLevels(geometry)
				rng := pcg32.New(uint64(features))
				const capacity, count = 700, 601
				positions, dfeatures, dpositions := make([]float32, 3*capacity), make([]float32, 4*features*capacity), make([]float32, 3*capacity)
				table := make([]uint32, int(rows)*features)
				for i := range positions {
					positions[i] = 1.2*rng.Float32() - 0.1
				}
				positions[5], positions[capacity+6] = float32(math.NaN()), float32(math.Inf(1))
				for i := range dfeatures {
					dfeatures[i] = rng.Float32() - 0.5
				}
				for i := range dpositions {
					dpositions[i] = rng.Float32()
				}
				for i := range table {
					table[i] = math.Float32bits(rng.Float32() - 0.5)
				}
				k := *GridEncodeInput
				l := *k.Layout
				k.Layout = &l
				l.Spec = append([]gpu.Spec(nil), l.Spec...)
				for i := range l.Spec {
					switch l.Spec[i].Name {
					case "DIMS":
						l.Spec[i].Default = 3
					case "FEATURES":
						l.Spec[i].Default = uint32(features)
					case "LEVELS":
						l.Spec[i].Default = 4
					case "INTERPOLATION":
						l.Spec[i].Default = smooth
					case "HALF":
						l.Spec[i].Default = 0
					}
				}
				bind := [][]byte{gpu.Bytes(positions), gpu.Bytes(levels), gpu.Bytes(table), gpu.Bytes(dfeatures), gpu.Bytes([]uint32{count}), gpu.Bytes(dpositions)}
				for _, accumulate := range []uint32{0, 1} {
					push := GridEncodePush{Capacity: capacity, ActiveLevels: 3, Accumulate: accumulate}
					if b := twinAndForm(t, &k, 11, push.Bytes(), bind, nil); b >= 0 {
						t.Errorf("accumulate %d: binding %d differs", accumulate, b)
					}
					if twinAndForm(t, &k, 11, push.Bytes(), bind, func(b [][]byte) { gpu.View[float32](b[2])[7] += 0.5 }) < 0 {
						t.Error("another table is not noticed")
					}
				}
			})
		}
	}
}
