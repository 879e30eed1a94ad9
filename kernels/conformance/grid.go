package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/enc"
)

func init() {
	add(gridForwardCases)
	add(gridBackwardCases)
	add(gridInputCases)
}

// gridSetup is one grid with positions, as kernels bind it and as the oracle sees it.
type gridSetup struct {
	name      string
	shape     kernels.GridShape
	n         int // samples; the buffers hold capacity
	capacity  int
	active    int
	positions []float32
	levels    []kernels.Level
	table     []uint32
	dfeatures []float32
	rows      int
	truth     *oracle.Grid
	// jumps: the function of the case jumps between cells, so positions at a boundary are drawn again.
	jumps bool
}

// gridInput and gridOutput are the planes at which positions and features start: not 0, so that offsets are exercised.
const gridInput, gridOutput = 1, 2

// newGrid draws a grid: features in [-1, 1), positions of which the first are special, the rest uniform in [0, 1).
func newGrid(g enc.GridGeometry, interpolation uint32, half bool, n int, jumps bool, seed uint64) *gridSetup {
	levels, rows, err := enc.Levels(g)
	if err != nil {
		panic("conformance: grid: " + err.Error())
	}
	s := &gridSetup{
		name: fmt.Sprintf("%v D%d F%d L%d b%.3g interpolation=%d half=%v n=%d seed=%d",
			g.Kind, g.Dims, g.FeaturesPerLevel, g.Levels, g.PerLevelScale, interpolation, half, n, seed),
		shape: kernels.GridShape{Dims: uint32(g.Dims), Features: uint32(g.FeaturesPerLevel), Levels: uint32(g.Levels), Interpolation: interpolation, Half: half},
		n:     n, capacity: max(64, (n+63)/64*64), active: g.Levels, levels: kernels.GridLevels(levels), rows: int(rows), jumps: jumps,
	}
	r := pcg32.New(seed)
	table := make([]float64, int(rows)*g.FeaturesPerLevel)
	s.table = make([]uint32, len(table))
	if half {
		s.table = make([]uint32, (len(table)+1)/2)
	}
	for i := range table {
		v := 2*r.Float32() - 1
		if half {
			h := f16.From32(v)
			v = f16.To32(h)
			s.table[i/2] |= uint32(h) << (16 * (i % 2))
		} else {
			s.table[i] = math.Float32bits(v)
		}
		table[i] = float64(v)
	}
	truth := make([]oracle.GridLevel, len(levels))
	for i, l := range levels {
		truth[i] = oracle.GridLevel{Scale: float64(l.Scale), Resolution: l.Resolution, Offset: l.Offset, Size: l.Size, Hashed: l.Hashed}
	}
	s.truth = oracle.NewGrid(g.Dims, g.FeaturesPerLevel, int(interpolation), truth, table)
	s.positions = nans((gridInput + g.Dims) * s.capacity)
	special := []float32{0, 1, math.Nextafter32(1, 2), -0.25, 1.375, 0.5}
	for i := range n {
		for {
			for d := range g.Dims {
				x := r.Float32()
				if i < len(special) {
					x = special[(i+d)%len(special)]
				} else if i < 2*len(special) && d == 0 {
					x = special[i-len(special)]
				}
				s.positions[(gridInput+d)*s.capacity+i] = x
			}
			if !jumps || !s.truth.Near(s.position(i)) {
				break
			}
			special = nil
		}
	}
	s.dfeatures = nans((gridOutput + s.outputs()) * s.capacity)
	for k := range s.outputs() {
		for i := range n {
			v := 2*r.Float32() - 1
			if i%5 == 4 { // samples without a gradient
				v = 0
			}
			s.dfeatures[(gridOutput+k)*s.capacity+i] = v
		}
	}
	return s
}

// nans is memory in which everything that is not set is NaN: a kernel that reads beyond its samples shows it.
func nans(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(0x7fc00000)
	}
	return out
}

func (s *gridSetup) outputs() int { return int(s.shape.Levels * s.shape.Features) }

func (s *gridSetup) position(i int) []float64 {
	x := make([]float64, s.shape.Dims)
	for d := range x {
		x[d] = float64(s.positions[(gridInput+d)*s.capacity+i])
	}
	return x
}

func (s *gridSetup) gradient(i int) []float64 {
	dy := make([]float64, s.outputs())
	for k := range dy {
		dy[k] = float64(s.dfeatures[(gridOutput+k)*s.capacity+i])
	}
	return dy
}

func (s *gridSetup) push(accumulate uint32) []byte {
	return kernels.GridEncodePush{Capacity: uint32(s.capacity), CountIndex: 1, ActiveLevels: uint32(s.active),
		InputPlane: gridInput, OutputPlane: gridOutput, Accumulate: accumulate}.Bytes()
}

// counts holds the number of samples at index 1, between values that would be noticed.
func (s *gridSetup) counts() check.Arg { return check.In([]uint32{7777, uint32(s.n), 0}) }

func (s *gridSetup) groups(z uint32) [3]uint32 {
	g := kernels.Groups(uint32(s.n), 64)
	g[2] = z
	return g
}

// planesOf compares count planes from first with want(plane, i) for i < n; everything else must have the bits of before.
func planesOf(n, capacity, first, count int, before []float32, want func(plane, i int) (value, tol float64)) func([]byte) error {
	return func(b []byte) error {
		got := decode(b)
		for at, g := range got {
			plane, i := at/capacity-first, at%capacity
			if plane < 0 || plane >= count || i >= n {
				was := uint32(math.MaxUint32)
				if before != nil {
					was = math.Float32bits(before[at])
				}
				if math.Float32bits(g) != was {
					return fmt.Errorf("element %d lies outside the result and was changed to %v", at, g)
				}
				continue
			}
			v, tol := want(plane, i)
			if !(math.Abs(float64(g)-v) <= tol) {
				return fmt.Errorf("plane %d sample %d: got %.9g, want %.9g within %.3g", plane, i, g, v, tol)
			}
		}
		return nil
	}
}

func decode(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	copy(gpu.Bytes(out), b)
	return out
}

// A mutant is the truth with one mistake, written where the kernel writes. With no mistake it must pass.
type mutant struct {
	name string
	edit func(*oracle.Grid)
}

var mutants = []mutant{
	{"wrong prime", func(g *oracle.Grid) { g.Primes[1] += 2 }},
	{"corner weight flipped", func(g *oracle.Grid) { g.Flip = 1 }},
	{"level dropped", func(g *oracle.Grid) { g.Levels = g.Levels[:len(g.Levels)-1] }},
	{"no half-cell shift", func(g *oracle.Grid) { g.Shift = 0 }},
	{"none", func(*oracle.Grid) {}},
}

func (m mutant) of(g *oracle.Grid) *oracle.Grid {
	c := *g
	m.edit(&c)
	return &c
}

// gridGeometries are the shapes that every grid kernel is checked with.
func gridGeometries() []enc.GridGeometry {
	hash := func(dims, levels, features, log2T, base int, b float32) enc.GridGeometry {
		return enc.GridGeometry{Kind: enc.GridHash, Dims: dims, Levels: levels, FeaturesPerLevel: features, Log2HashmapSize: log2T, BaseResolution: base, PerLevelScale: b}
	}
	dense, tiled := hash(3, 3, 1, 0, 5, 1.405), hash(3, 3, 4, 0, 4, 2)
	dense.Kind, tiled.Kind = enc.GridDense, enc.GridTiled
	return []enc.GridGeometry{
		hash(3, 4, 4, 9, 4, 2.5), hash(3, 6, 2, 10, 5, 1.3819), hash(2, 5, 2, 8, 6, 1.5),
		hash(4, 3, 8, 9, 3, 2), hash(2, 3, 1, 7, 5, 3), hash(3, 8, 4, 10, 16, 2), dense, tiled,
	}
}

// gridShapes are the other pairs of dimensions and features, each kind of grid in each dimension.
func gridShapes() (out []enc.GridGeometry) {
	for _, s := range []struct {
		kind           enc.GridKind
		dims, features int
	}{{enc.GridDense, 2, 4}, {enc.GridTiled, 2, 8}, {enc.GridHash, 3, 8}, {enc.GridHash, 3, 1}, {enc.GridDense, 4, 1}, {enc.GridHash, 4, 2}, {enc.GridTiled, 4, 4}} {
		g := enc.GridGeometry{Kind: s.kind, Dims: s.dims, Levels: 3, FeaturesPerLevel: s.features, BaseResolution: 3, PerLevelScale: 1.7}
		if s.kind == enc.GridHash {
			g.Log2HashmapSize = 6
		}
		out = append(out, g)
	}
	return out
}

// eachGrid calls f for every geometry, cycling through sizes, interpolations and table types, so that all pairs occur.
func eachGrid(jumps func(interpolation uint32) bool, f func(k int, s *gridSetup)) {
	sizes := []int{65, 1, 64, 200, 63}
	k := 0
	for _, g := range gridGeometries() {
		for interpolation := range uint32(3) {
			half := (k+k/3)%2 == 1
			f(k, newGrid(g, interpolation, half, sizes[k%len(sizes)], jumps(interpolation), uint64(1000+k)))
			k++
		}
	}
	for i, g := range gridShapes() {
		interpolation := []uint32{kernels.GridLinear, kernels.GridSmoothstep}[i%2]
		f(k, newGrid(g, interpolation, i%4 > 1, sizes[k%len(sizes)], jumps(interpolation), uint64(1000+k)))
		k++
	}
}

// faultFor picks a mistake that the setup can show: a wrong prime needs a hashed level, a flipped corner corners of
// different weight, which a single sample at the middle of its cells does not have.
func (s *gridSetup) faultFor(k int) mutant {
	m := mutants[k%4]
	if m.name == "wrong prime" && s.levels[len(s.levels)-1].Hashed == 0 {
		m = mutants[3]
	}
	if m.name == "corner weight flipped" && (s.shape.Interpolation == kernels.GridNearest || s.n == 1) {
		m = mutants[3]
	}
	return m
}
