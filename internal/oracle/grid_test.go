package oracle

import (
	"math"
	"testing"

	"github.com/radia-go/radia/internal/pcg32"
)

// testGrid has a dense and two hashed levels with random features.
func testGrid(dims, features, interpolation int) (*Grid, *pcg32.Source) {
	r := pcg32.New(77)
	levels := []GridLevel{{3, 4, 0, 256, false}, {6.7, 8, 256, 128, true}, {20.3, 22, 384, 128, true}}
	table := make([]float64, 512*features)
	for i := range table {
		table[i] = 2*float64(r.Float32()) - 1
	}
	return NewGrid(dims, features, interpolation, levels, table), &r
}

// The gradients of the oracle are those of its own forward pass: central differences in float64, h = 1e-6 cells, have
// a truncation error of h²·|y”'| and a cancellation error of 1e-16/h; 1e-7 relative to the scale covers both.
func TestGridGradients(t *testing.T) {
	for _, interpolation := range []int{GridLinear, GridSmoothstep} {
		for dims := 2; dims <= 4; dims++ {
			g, r := testGrid(dims, 2, interpolation)
			checked := 0
			for checked < 30 {
				x := make([]float64, dims)
				for d := range x {
					x[d] = float64(r.Float32())
				}
				dy := make([]float64, len(g.Levels)*g.Features)
				for k := range dy {
					dy[k] = 2*float64(r.Float32()) - 1
				}
				loss := func() float64 {
					y, _ := g.Encode(x, 99)
					var s float64
					for k, v := range y {
						s += dy[k] * v
					}
					return s
				}
				dx, _ := g.BackwardInput(x, dy, 99)
				sums := make([]Sum, len(g.Table))
				g.BackwardTable(x, dy, 99, sums)
				if nearBoundary(g, x, 1e-5) {
					continue
				}
				checked++
				for d := range x {
					h, x0 := 1e-6/20, x[d]
					x[d] = x0 + h
					up := loss()
					x[d] = x0 - h
					down := loss()
					x[d] = x0
					if fd := (up - down) / (2 * h); !(math.Abs(fd-dx[d]) <= 2e-6*(1+math.Abs(fd))) {
						t.Errorf("%d-D interpolation %d: dx[%d] = %v, by differences %v", dims, interpolation, d, dx[d], fd)
					}
				}
				// Linear in the table: the difference quotient has rounding errors only.
				for k := 0; k < len(g.Table); k += 7 {
					t0 := g.Table[k]
					base := loss()
					g.Table[k] = t0 + 1
					fd := loss() - base
					g.Table[k] = t0
					if !(math.Abs(fd-sums[k].Value) <= 1e-13) {
						t.Errorf("%d-D: dtable[%d] = %v, by differences %v", dims, k, sums[k].Value, fd)
					}
				}
			}
		}
	}
}

func nearBoundary(g *Grid, x []float64, margin float64) bool {
	for i := range g.Levels {
		for _, t := range g.locate(&g.Levels[i], x).t {
			if t < margin || t > 1-margin {
				return true
			}
		}
	}
	return false
}

// Corner weights sum to one, a position on a vertex gives that vertex, and the half-cell shift is there.
func TestGridPartition(t *testing.T) {
	for interpolation := range 3 {
		g, _ := testGrid(3, 1, interpolation)
		for i := range g.Table {
			g.Table[i] = 1
		}
		y, _ := g.Encode([]float64{0.3, 0.9, 0.01}, 2)
		if math.Abs(y[0]-1) > 1e-12 || math.Abs(y[1]-1) > 1e-12 || y[2] != 0 {
			t.Errorf("interpolation %d: constant grid gives %v", interpolation, y)
		}
	}
	g, _ := testGrid(2, 1, GridLinear)
	y, _ := g.Encode([]float64{0.5 / 3, 2.5 / 3}, 1) // p = (1, 3)
	if want := g.Table[1+3*4]; math.Abs(y[0]-want) > 1e-12 {
		t.Errorf("vertex (1,3) gives %v, want %v", y[0], want)
	}
}
