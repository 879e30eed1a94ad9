package volume

import (
	"fmt"
	"math"
	"runtime"
	"sort"
	"sync"

	"github.com/radia-go/radia/internal/pcg32"
)

type vec = [3]float64

// Settings say how voxels become a medium; zero values mean the defaults.
type Settings struct {
	// Window are the values that become density 0 and 1, with a straight line between. By default a cloud's values are
	// densities, and a scan's window begins where the values part into outside and inside (Otsu 1979).
	Window *[2]float64 `json:"window"`
	// Extinction of density 1 per edge of the cube; default 100, instant-ngp's, and 400 for a scan, whose skin has a small
	// part of the density of its bones and should yet be seen as a surface.
	Extinction float64 `json:"extinction"`
	// Albedo is the share of the light that a collision scatters; default 0.95, instant-ngp's.
	Albedo *float64 `json:"albedo"`
	// Colors give the albedo a colour by the value of a voxel, with straight lines between stops in ascending order.
	Colors []ColorStop `json:"colors"`
	// Anisotropy is g of Henyey and Greenstein (1941): the mean cosine of the scattering angle. Default 0.
	Anisotropy float64 `json:"anisotropy"`
	// EmissionGain multiplies the emission; default 1.
	EmissionGain *float64 `json:"emission_gain"`
}

// ColorStop is a colour, linear, of a value.
type ColorStop struct {
	Value float64    `json:"value"`
	Color [3]float64 `json:"color"`
}

// The defaults.
const (
	defaultExtinction = 100
	scanExtinction    = 400
	defaultAlbedo     = 0.95
)

func (s *Settings) check() error {
	bad := func(x, lo, hi float64) bool { return !(x >= lo && x <= hi) }
	switch {
	case s.Window != nil && (!(s.Window[0] < s.Window[1]) || math.IsInf(s.Window[1]-s.Window[0], 0)):
		return fmt.Errorf("medium: window %v; the first value must be below the second", *s.Window)
	case bad(s.Extinction, 0, 1e6):
		return fmt.Errorf("medium: extinction %v; 0 (the default) to 1e6 are possible", s.Extinction)
	case s.Albedo != nil && bad(*s.Albedo, 0, 1):
		return fmt.Errorf("medium: albedo %v; 0 to 1 are possible", *s.Albedo)
	case bad(s.Anisotropy, -0.99, 0.99):
		return fmt.Errorf("medium: anisotropy %v; -0.99 to 0.99 are possible", s.Anisotropy)
	case s.EmissionGain != nil && bad(*s.EmissionGain, 0, 1e6):
		return fmt.Errorf("medium: emission_gain %v; 0 to 1e6 are possible", *s.EmissionGain)
	}
	for i, c := range s.Colors {
		for _, x := range c.Color {
			if bad(x, 0, 1) {
				return fmt.Errorf("medium: color %v; parts from 0 to 1 are possible", c.Color)
			}
		}
		if c.Value-c.Value != 0 || i > 0 && !(s.Colors[i-1].Value < c.Value) {
			return fmt.Errorf("medium: the values of colors must ascend")
		}
	}
	return nil
}

// Medium is a volume in the unit cube as light meets it: extinction Extinction·density, albedo, emission.
type Medium struct {
	Placement
	Extinction float64
	Anisotropy float64
	Majorant   float64 // largest density
	Window     [2]float64
	Windowed   bool
	Up         [3]float32

	volume *Volume
	albedo float64
	colors []ColorStop
	gain   float64
	// cells of edge voxels hold the largest density inside, interpolation included.
	edge  int
	n     [3]int
	cells []float32
}

// NewMedium applies the volume's settings.
func NewMedium(v *Volume) (*Medium, error) {
	s := v.Settings
	if err := s.check(); err != nil {
		return nil, err
	}
	m := &Medium{Placement: v.Place(), Extinction: defaultExtinction, Anisotropy: s.Anisotropy, Up: v.UpDir(), volume: v, albedo: defaultAlbedo, colors: s.Colors, gain: 1}
	if v.Scan {
		m.Extinction = scanExtinction
	}
	if s.Extinction > 0 {
		m.Extinction = s.Extinction
	}
	if s.Albedo != nil {
		m.albedo = *s.Albedo
	}
	if s.EmissionGain != nil {
		m.gain = *s.EmissionGain
	}
	switch {
	case s.Window != nil:
		m.Window, m.Windowed = *s.Window, true
	case v.Scan:
		m.Window, m.Windowed = scanWindow(v.Density), true
	}
	if v.Scan && m.colors == nil {
		m.colors = scanColors(m.Window)
	}
	m.measure()
	if !(m.Majorant > 0) {
		return nil, fmt.Errorf("the medium is empty: no voxel has a density above 0")
	}
	return m, nil
}

// scanWindow is from where values part into outside and inside to the value that one in a hundred inside exceeds.
func scanWindow(g *Grid) [2]float64 {
	const bins = 1024
	var count [bins]float64
	lo, hi := float64(g.Lo), float64(g.Hi)
	if !(hi > lo) {
		return [2]float64{lo, lo + 1}
	}
	step := 1
	if n := g.Dims(); n[0]*n[1]*n[2] > 1<<24 {
		step = 3
	}
	for x := g.Min[0]; x <= g.Max[0]; x += step {
		for y := g.Min[1]; y <= g.Max[1]; y += step {
			for z := g.Min[2]; z <= g.Max[2]; z += step {
				count[min(int((float64(g.At(x, y, z))-lo)/(hi-lo)*bins), bins-1)]++
			}
		}
	}
	// Otsu: the border that makes the variance between both sides largest.
	var total, sum float64
	for i, c := range count {
		total += c
		sum += c * float64(i)
	}
	best, border, below, sumBelow := -1.0, 0, 0.0, 0.0
	for i, c := range count {
		below += c
		sumBelow += c * float64(i)
		if below == 0 || below == total {
			continue
		}
		d := sumBelow/below - (sum-sumBelow)/(total-below)
		if between := below * (total - below) * d * d; between > best {
			best, border = between, i+1
		}
	}
	inside, top := 0.0, bins
	for i := border; i < bins; i++ {
		inside += count[i]
	}
	for above := 0.0; top > border+1 && above+count[top-1] <= inside/100; top-- {
		above += count[top-1]
	}
	width := (hi - lo) / bins
	return [2]float64{lo + float64(border)*width, lo + float64(top)*width}
}

// scanColors shade a scan from skin to bone.
func scanColors(w [2]float64) []ColorStop {
	at := func(x float64) float64 { return w[0] + x*(w[1]-w[0]) }
	return []ColorStop{{at(0), [3]float64{0.80, 0.55, 0.42}}, {at(0.35), [3]float64{0.85, 0.60, 0.48}}, {at(0.6), [3]float64{0.97, 0.94, 0.86}}}
}

// density is what a voxel's value means.
func (m *Medium) density(value float64) float64 {
	if m.Windowed {
		return min(max((value-m.Window[0])/(m.Window[1]-m.Window[0]), 0), 1)
	}
	return max(value, 0)
}

// maxCells bounds the table of largest densities.
const maxCells = 1 << 24

// measure fills the table of largest densities.
func (m *Medium) measure() {
	g := m.volume.Density
	dims := g.Dims()
	for m.edge = 4; ; m.edge *= 2 {
		total := 1
		for k := range dims {
			m.n[k] = (dims[k] + m.edge - 1) / m.edge
			total *= m.n[k]
		}
		if total <= maxCells {
			break
		}
	}
	m.cells = make([]float32, m.n[0]*m.n[1]*m.n[2])
	parallel(m.n[0], func(cx int) {
		for cy := range m.n[1] {
			for cz := range m.n[2] {
				largest := math.Inf(-1)
				x, y, z := g.Min[0]+cx*m.edge, g.Min[1]+cy*m.edge, g.Min[2]+cz*m.edge
				// Interpolation reads one voxel beyond each side.
				for i := max(x-1, g.Min[0]); i <= min(x+m.edge, g.Max[0]); i++ {
					for j := max(y-1, g.Min[1]); j <= min(y+m.edge, g.Max[1]); j++ {
						for k := max(z-1, g.Min[2]); k <= min(z+m.edge, g.Max[2]); k++ {
							largest = max(largest, float64(g.At(i, j, k)))
						}
					}
				}
				// Rounding up keeps the float32 a bound.
				m.cells[(cx*m.n[1]+cy)*m.n[2]+cz] = math.Nextafter32(float32(m.density(largest)), float32(math.Inf(1)))
				if m.density(largest) == 0 {
					m.cells[(cx*m.n[1]+cy)*m.n[2]+cz] = 0
				}
			}
		}
	})
	for _, c := range m.cells {
		m.Majorant = max(m.Majorant, float64(c))
	}
}

// parallel runs f(0) … f(n-1) on all processors.
func parallel(n int, f func(i int)) {
	var workers sync.WaitGroup
	var next sync.Mutex
	at := 0
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= n {
					return
				}
				f(i)
			}
		}()
	}
	workers.Wait()
}

// sample interpolates a grid linearly between the centres of voxels at a point of index space.
func sample(g *Grid, q vec) float64 {
	var i [3]int
	var f vec
	for k := range q {
		fl := math.Floor(q[k] - 0.5)
		i[k], f[k] = int(fl), q[k]-0.5-fl
	}
	at := func(dx, dy, dz int) float64 { return float64(g.At(i[0]+dx, i[1]+dy, i[2]+dz)) }
	lerp := func(a, b, t float64) float64 { return a + (b-a)*t }
	return lerp(
		lerp(lerp(at(0, 0, 0), at(1, 0, 0), f[0]), lerp(at(0, 1, 0), at(1, 1, 0), f[0]), f[1]),
		lerp(lerp(at(0, 0, 1), at(1, 0, 1), f[0]), lerp(at(0, 1, 1), at(1, 1, 1), f[0]), f[1]), f[2])
}

// neighbour draws one of the voxels that sample interpolates between, with the weight that it has there as probability:
// its mean is the interpolation, and it takes one voxel instead of eight.
func neighbour(g *Grid, q vec, rng *pcg32.Source) float64 {
	var i [3]int
	for k := range q {
		i[k] = int(math.Floor(q[k] - 0.5 + uniform(rng)))
	}
	return float64(g.At(i[0], i[1], i[2]))
}

func (m *Medium) index(p vec) (q vec) {
	for k := range p {
		q[k] = p[k]*m.Scale[k] + m.Offset[k]
	}
	return q
}

// inside reports whether a point of the cube lies in the volume's box.
func (m *Medium) inside(p vec) bool {
	for k := range p {
		if !(p[k] >= m.Lo[k] && p[k] <= m.Hi[k]) {
			return false
		}
	}
	return true
}

// Density is the density at a point of the unit cube: voxels interpolated linearly, then the window; 0 outside the box.
func (m *Medium) Density(p vec) float64 {
	if !m.inside(p) {
		return 0
	}
	return m.density(sample(m.volume.Density, m.index(p)))
}

// draw is a random density whose mean is Density(p), for p in the box. Behind a window, which is no straight line, it has
// to be the mean itself.
func (m *Medium) draw(p vec, rng *pcg32.Source) float64 {
	if m.Windowed {
		return m.density(sample(m.volume.Density, m.index(p)))
	}
	return max(neighbour(m.volume.Density, m.index(p), rng), 0)
}

// Albedo is the share of light of each colour that a collision at p scatters.
func (m *Medium) Albedo(p vec) vec {
	a := vec{m.albedo, m.albedo, m.albedo}
	n := len(m.colors)
	if n == 0 {
		return a
	}
	v := sample(m.volume.Density, m.index(p))
	i := sort.Search(n, func(i int) bool { return m.colors[i].Value > v })
	lo, hi := m.colors[max(i-1, 0)], m.colors[min(i, n-1)]
	t := 0.0
	if hi.Value > lo.Value {
		t = (v - lo.Value) / (hi.Value - lo.Value)
	}
	for k := range a {
		a[k] *= lo.Color[k] + t*(hi.Color[k]-lo.Color[k])
	}
	return a
}

// Emission is the light that a collision at p adds.
func (m *Medium) Emission(p vec) float64 {
	if m.volume.Emission == nil {
		return 0
	}
	return m.gain * max(sample(m.volume.Emission, m.index(p)), 0)
}
