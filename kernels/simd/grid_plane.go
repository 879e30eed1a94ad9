package simd

import (
	"math"
	"sync"

	"github.com/radia-go/radia/gpu"
)

// planeGrid is a call of a grid kernel in two dimensions with two features a level: the grid of a picture. Its form has
// no vector instructions; knowing the shape makes it several times as fast as the twin, whose sums it forms in the same
// order.
type planeGrid struct {
	push         *gridPush
	levels       []level
	x, y, values []float32
	table        []float32
	n, capacity  int
	active       int
	smooth       bool

	encode, scatter func(task, worker int)
}

var planeGrids = sync.Pool{New: func() any {
	g := new(planeGrid)
	g.encode, g.scatter = g.encodeTask, g.scatterTask
	return g
}}

// release returns g without the memory of the call.
func (g *planeGrid) release() {
	g.push, g.levels, g.x, g.y, g.values, g.table = nil, nil, nil, nil, nil, nil
	planeGrids.Put(g)
}

func (g *planeGrid) set(c *gpu.Call, half uint32) bool {
	p := gpu.PushOf[gridPush](c)
	n, smooth := int(c.SpecOf("LEVELS")), c.SpecOf("INTERPOLATION")
	if c.SpecOf("DIMS") != 2 || c.SpecOf("FEATURES") != 2 || smooth > 1 || half != 0 {
		return false
	}
	levels := gpu.View[level](c.Bind[1])
	if n > len(levels) {
		return false
	}
	g.push, g.levels, g.capacity = p, levels[:n], int(p.capacity)
	g.active, g.smooth = int(min(uint32(n), p.activeLevels)), smooth == 1
	return true
}

// bind reads positions and values, planes of which lie from the pushed ones on.
func (g *planeGrid) bind(positions, values []float32, counts []uint32) bool {
	first, out := int(g.push.inputPlane), int(g.push.outputPlane)
	if (first+2)*g.capacity > len(positions) || (out+2*len(g.levels))*g.capacity > len(values) {
		return false
	}
	g.x, g.y = positions[first*g.capacity:][:g.capacity], positions[(first+1)*g.capacity:][:g.capacity]
	g.values = values[out*g.capacity:]
	g.n = int(min(counts[g.push.countIndex], g.push.capacity))
	return true
}

// planes are the two features of a level.
func (g *planeGrid) planes(l int) (a, b []float32) {
	return g.values[2*l*g.capacity:][:g.n], g.values[(2*l+1)*g.capacity:][:g.n]
}

// corners is the four rows around a position, times two, and the weight of each.
func (g *planeGrid) corners(l *level, x, y float32) (row [4]uint32, w [4]float32) {
	i, s := cellOf(l.scale, x)
	j, t := cellOf(l.scale, y)
	if g.smooth {
		s, t = float32(s*s)*(3-float32(2*s)), float32(t*t)*(3-float32(2*t))
	}
	s0, t0 := 1-s, 1-t
	w = [4]float32{s0 * t0, s * t0, s0 * t, s * t}
	switch {
	case l.hashed != 0:
		const prime = 2654435761
		mask, h0, h1 := l.size-1, j*prime, (j+1)*prime
		row = [4]uint32{(i ^ h0) & mask, ((i + 1) ^ h0) & mask, (i ^ h1) & mask, ((i + 1) ^ h1) & mask}
	case l.resolution > 65535:
	default:
		r := i + l.resolution*j
		row = [4]uint32{r, r + 1, r + l.resolution, r + l.resolution + 1}
		for k, v := range row {
			if v >= l.size {
				row[k] = v % l.size
			}
		}
	}
	return row, w
}

// cellOf is cell with the fraction beside it.
func cellOf(scale, x float32) (uint32, float32) {
	p := float32(float64(scale)*float64(x) + 0.5)
	if !(p < 1<<31 && p > -1<<31) {
		p = 0
	}
	f := float32(math.Floor(float64(p)))
	return uint32(int32(f)), p - f
}

// GridEncodePlane is a form of grid_encode for two dimensions and two features a level.
func GridEncodePlane(c *gpu.Call) bool {
	g := planeGrids.Get().(*planeGrid)
	defer g.release()
	if !g.set(c, c.SpecOf("HALF")) || !g.bind(gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[4]), gpu.View[uint32](c.Bind[3])) {
		return false
	}
	g.table = gpu.View[float32](c.Bind[2])
	if !g.fits(len(g.table)) {
		return false
	}
	if c.Groups[0] == 0 || c.Groups[1] == 0 || c.Groups[2] == 0 {
		return true
	}
	c.Pool.Run((g.n+planeGrain-1)/planeGrain, g.encode)
	return true
}

// planeGrain is the number of samples of a task.
const planeGrain = 2048

func (g *planeGrid) encodeTask(task, _ int) {
	lo, hi := task*planeGrain, min(g.n, (task+1)*planeGrain)
	for l := range g.levels {
		a, b := g.planes(l)
		if l >= g.active {
			clear(a[lo:hi])
			clear(b[lo:hi])
			continue
		}
		level := &g.levels[l]
		rows := g.table[2*level.offset:][:2*level.size]
		for i := lo; i < hi; i++ {
			row, w := g.corners(level, g.x[i], g.y[i])
			var u, v float32
			for k, r := range row {
				e := rows[2*r:][:2]
				u += float32(w[k] * e[0])
				v += float32(w[k] * e[1])
			}
			a[i], b[i] = u, v
		}
	}
}

// GridEncodeBackwardPlane is a form of grid_encode_backward for the same shapes: a level is one task, and its samples
// come in order.
func GridEncodeBackwardPlane(c *gpu.Call) bool {
	g := planeGrids.Get().(*planeGrid)
	defer g.release()
	if !g.set(c, 0) || !g.bind(gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[2]), gpu.View[uint32](c.Bind[3])) {
		return false
	}
	g.table = gpu.View[float32](c.Bind[4])
	if !g.fits(len(g.table)) {
		return false
	}
	if c.Groups[0] == 0 || c.Groups[1] == 0 || c.Groups[2] == 0 {
		return true
	}
	c.Pool.Run(g.active, g.scatter)
	return true
}

func (g *planeGrid) scatterTask(l, _ int) {
	a, b := g.planes(l)
	level := &g.levels[l]
	rows := g.table[2*level.offset:][:2*level.size]
	for i, u := range a {
		v := b[i]
		if u == 0 && v == 0 {
			continue
		}
		row, w := g.corners(level, g.x[i], g.y[i])
		for k, r := range row {
			e := rows[2*r:][:2]
			e[0] += float32(w[k] * u)
			e[1] += float32(w[k] * v)
		}
	}
}

// fits reports whether every row of every level lies in a table of n values.
func (g *planeGrid) fits(n int) bool {
	for i := range g.levels {
		l := &g.levels[i]
		if l.size == 0 || 2*(uint64(l.offset)+uint64(l.size)) > uint64(n) || l.hashed != 0 && l.size&(l.size-1) != 0 {
			return false
		}
	}
	return true
}
