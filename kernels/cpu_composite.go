package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels/simd"
)

// Compositing on the CPU: the exponentials of a block of samples are evaluated in vectors, the sums along a ray one after
// the other as in the twin, so that every bit is the twin's.

const (
	compositeGrain = 32  // training rays of a task; they are few and of unequal length
	compositeBlock = 32  // samples of a training ray that are evaluated together
	pixelGrain     = 128 // rays of a frame in a task
)

type compositeTrainCall struct {
	push            CompositeTrainPush
	counts, offsets []uint32
	dt, raw         []float32
	targets         []Target
	kept            []uint32
	results         []RayResult
}

var compositeTrains = newForm((*compositeTrainCall).rays)

func compositeTrainForm(c *gpu.Call) bool {
	p := gpu.PushOf[CompositeTrainPush](c)
	if !simd.Vectors() || p.Hdr != 0 {
		return false
	}
	compositeTrains.do(c, compositeTrainCall{
		push: *p, counts: gpu.View[uint32](c.Bind[1]), offsets: gpu.View[uint32](c.Bind[2]),
		dt: gpu.View[float32](c.Bind[3])[6*p.Capacity:], raw: gpu.View[float32](c.Bind[4]),
		targets: gpu.View[Target](c.Bind[5]), kept: gpu.View[uint32](c.Bind[6]), results: gpu.View[RayResult](c.Bind[7]),
	}, reached(c, stateOf(c.Bind[0]).Rays), compositeGrain)
	return true
}

func (s *compositeTrainCall) rays(block *simd.Radiance, lo, hi int) {
	stride, kind := int(s.push.Capacity), Loss(s.push.LossKind)
	for i := lo; i < hi; i++ {
		n, first := s.counts[i], s.offsets[i]
		if first+n > s.push.Capacity {
			n = 0
		}
		T, r, g, b := float32(1), float32(0), float32(0), float32(0)
		kept := 0
		for kept < int(n) && T >= terminated {
			m := min(compositeBlock, int(n)-kept)
			block.Eval(s.raw, s.dt, stride, int(first)+kept, m, false)
			for j := range m {
				if !(T >= terminated) {
					break
				}
				e := block.Through[j]
				w := T * (1 - e)
				r += float32(w * block.R[j])
				g += float32(w * block.G[j])
				b += float32(w * block.B[j])
				T *= e
				kept++
			}
		}
		t := &s.targets[i]
		if kept == int(n) {
			r, g, b = r+float32(t.Br*T), g+float32(t.Bg*T), b+float32(t.Bb*T)
		}
		var loss float32
		if n != 0 {
			lr, _ := kind.Eval(r, t.R)
			lg, _ := kind.Eval(g, t.G)
			lb, _ := kind.Eval(b, t.B)
			loss = (lr + lg + lb) / 3
		}
		s.kept[i] = uint32(kept)
		s.results[i] = RayResult{r, g, b, T, loss}
	}
}

type compositeGradCall struct {
	push          CompositeGradPush
	norm, mean    float32
	offsets       []uint32
	kept, keptAt  []uint32
	rays          []Ray
	samples, raw  []float32
	targets       []Target
	results       []RayResult
	keptOut, draw []float32
}

var compositeGrads = newForm((*compositeGradCall).each)

func compositeGradForm(c *gpu.Call) bool {
	p := gpu.PushOf[CompositeGradPush](c)
	if !simd.Vectors() || p.Hdr != 0 {
		return false
	}
	state := stateOf(c.Bind[0])
	compositeGrads.do(c, compositeGradCall{
		push: *p, norm: p.Scale / float32(state.Rays), mean: gpu.View[float32](c.Bind[9])[0],
		offsets: gpu.View[uint32](c.Bind[1]), kept: gpu.View[uint32](c.Bind[2]), keptAt: gpu.View[uint32](c.Bind[3]),
		rays: gpu.View[Ray](c.Bind[4]), samples: gpu.View[float32](c.Bind[5]), raw: gpu.View[float32](c.Bind[6]),
		targets: gpu.View[Target](c.Bind[7]), results: gpu.View[RayResult](c.Bind[8]),
		keptOut: gpu.View[float32](c.Bind[10]), draw: gpu.View[float32](c.Bind[11]),
	}, reached(c, state.Rays), compositeGrain)
	return true
}

func (s *compositeGradCall) each(block *simd.Radiance, lo, hi int) {
	for i := lo; i < hi; i++ {
		n, to := s.kept[i], s.keptAt[i]
		if n == 0 || to+n > s.push.KeptCapacity {
			continue
		}
		s.ray(block, i, int(s.offsets[i]), int(to), int(n))
	}
}

// ray handles the n samples of ray i from first on; what is kept goes to place to.
func (s *compositeGradCall) ray(block *simd.Radiance, i, first, to, n int) {
	p, r, g, res := &s.push, &s.rays[i], &s.targets[i], &s.results[i]
	stride, keptStride := int(p.Capacity), int(p.KeptCapacity)
	for k := range 7 {
		copy(s.keptOut[k*keptStride+to:][:n], s.samples[k*stride+first:][:n])
	}
	var slope vec3
	_, slope[0] = Loss(p.LossKind).Eval(res.R, g.R)
	_, slope[1] = Loss(p.LossKind).Eval(res.G, g.G)
	_, slope[2] = Loss(p.LossKind).Eval(res.B, g.B)
	rest, T := vec3{res.R, res.G, res.B}, float32(1)
	near := p.NearDistance * p.NearDistance
	for begin := 0; begin < n; begin += compositeBlock {
		m := min(compositeBlock, n-begin)
		at, dst := first+begin, to+begin
		block.Eval(s.raw, s.samples[6*stride:], stride, at, m, true)
		x, y, z := s.samples[at:][:m], s.samples[stride+at:][:m], s.samples[2*stride+at:][:m]
		dts, densities := s.samples[6*stride+at:][:m], s.raw[3*stride+at:][:m]
		d0, d1, d2, d3 := s.draw[dst:][:m], s.draw[keptStride+dst:][:m], s.draw[2*keptStride+dst:][:m], s.draw[3*keptStride+dst:][:m]
		for j := range m {
			e := block.Through[j]
			w := T * (1 - e)
			T *= e
			v0, v1, v2 := block.R[j], block.G[j], block.B[j]
			rest[0] -= float32(w * v0)
			along := float32(slope[0] * (float32(T*v0) - rest[0]))
			rest[1] -= float32(w * v1)
			along += float32(slope[1] * (float32(T*v1) - rest[1]))
			rest[2] -= float32(w * v2)
			along += float32(slope[2] * (float32(T*v2) - rest[2]))
			d0[j] = s.norm * (w * slope[0] * (v0 * (1 - v0)))
			d1[j] = s.norm * (w * slope[1] * (v1 * (1 - v1)))
			d2[j] = s.norm * (w * slope[2] * (v2 * (1 - v2)))
			density := densities[j]
			d := s.norm * block.Slope[j] * dts[j] * along
			if density < 0 && s.mean < 0.01 {
				d -= p.Regularizer
			}
			if density > -10 && near > 0 {
				pos := vec3{p.LoX + float32(x[j]*p.SizeX) - r.Ox, p.LoY + float32(y[j]*p.SizeY) - r.Oy, p.LoZ + float32(z[j]*p.SizeZ) - r.Oz}
				if pos.dot(pos) < near {
					d += p.Regularizer
				}
			}
			d3[j] = d
		}
	}
}

type renderCompositeCall struct {
	push         RenderCompositePush
	n            int
	live         []uint32
	rays         []Ray
	samples, raw []float32
	pixels       []Pixel
	alive        []uint32
}

// pixelWorker is what a worker needs to composite the rays of a task.
type pixelWorker struct {
	block simd.Radiance
	open  [pixelGrain]uint8 // rays of the task, by their place in it, that take more samples
}

var renderComposites = newForm((*renderCompositeCall).task)

func renderCompositeForm(c *gpu.Call) bool {
	p := gpu.PushOf[RenderCompositePush](c)
	if !simd.Vectors() || p.Hdr != 0 {
		return false
	}
	n := gpu.View[uint32](c.Bind[1])[p.CountIndex]
	renderComposites.do(c, renderCompositeCall{
		push: *p, n: int(n), live: gpu.View[uint32](c.Bind[0]), rays: gpu.View[Ray](c.Bind[2]),
		samples: gpu.View[float32](c.Bind[3]), raw: gpu.View[float32](c.Bind[4]),
		pixels: gpu.View[Pixel](c.Bind[5]), alive: gpu.View[uint32](c.Bind[6]),
	}, reached(c, n), pixelGrain)
	return true
}

func (s *renderCompositeCall) task(w *pixelWorker, lo, hi int) {
	p, stride := &s.push, int(s.push.Capacity)
	m := hi - lo
	open := w.open[:m]
	for i := range open {
		open[i] = uint8(i)
		r := &s.rays[s.live[lo+i]]
		s.alive[lo+i] = 0
		if r.T < r.Tmax {
			s.alive[lo+i] = 1
		}
	}
	dt := s.samples[6*stride:]
	for step := 0; step < int(p.Steps) && len(open) > 0; step++ {
		first := step*s.n + lo
		w.block.Eval(s.raw, dt, stride, first, m, false)
		left := 0
		for _, i := range open {
			at := first + int(i)
			if dt[at] == 0 || s.add(&w.block, lo+int(i), int(i), at) {
				continue
			}
			open[left] = i
			left++
		}
		open = open[:left]
	}
}

// add composites sample at of the live ray with number s and reports whether it ends the ray.
func (s *renderCompositeCall) add(block *simd.Radiance, ray, i, at int) bool {
	p, px := &s.push, &s.pixels[s.live[ray]]
	w := (1 - block.Through[i]) * (1 - px.A)
	px.R += float32(w * block.R[i])
	px.G += float32(w * block.G[i])
	px.B += float32(w * block.B[i])
	px.A += w
	px.Cost++
	if w > px.Weight {
		px.Weight = w
		r, stride := &s.rays[s.live[ray]], int(p.Capacity)
		rel := vec3{p.LoX + float32(s.samples[at]*p.SizeX) - r.Ox, p.LoY + float32(s.samples[stride+at]*p.SizeY) - r.Oy,
			p.LoZ + float32(s.samples[2*stride+at]*p.SizeZ) - r.Oz}
		px.Depth = (rel.dot(vec3{r.Dx, r.Dy, r.Dz}) + p.Near) * r.Cosine
	}
	if px.A > 1-p.MinTransmittance {
		px.R, px.G, px.B, px.A = px.R/px.A, px.G/px.A, px.B/px.A, 1
		s.alive[ray] = 0
		return true
	}
	return false
}
