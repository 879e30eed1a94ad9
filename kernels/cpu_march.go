package kernels

import (
	"math/bits"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels/simd"
)

// Marching on the CPU: sixteen rays side by side, each as the twin marches it, so that samples are equal bit by bit. A ray
// that ends makes room for the next one.

const (
	marchGrain  = 64 // training rays of a task
	packetSpare = 4  // places that stay empty before rays are taken in
)

// packet marches the rays of a task.
type packet struct {
	simd.Packet
	ray [simd.PacketRays]int
}

func (m *marcher) packetLaw() simd.PacketLaw {
	l := m.law
	return simd.PacketLaw{Cone: l.Cone, Lambda: l.Lambda, A: l.A, B: l.B, Ta: l.Ta, Tb: l.Tb,
		MaxMip: m.maxMip, MinMip: m.minMip, ByStep: m.byStep, Occupancy: m.occupancy}
}

// place puts ray r with number i into a place of the packet.
func (w *packet) place(at, i int, m *marcher, r *Ray, limit, first uint32) {
	w.ray[at] = i
	w.Origin[0][at], w.Origin[1][at], w.Origin[2][at] = r.Ox, r.Oy, r.Oz
	w.Direction[0][at], w.Direction[1][at], w.Direction[2][at] = r.Dx, r.Dy, r.Dz
	w.N0[at], w.Tmax[at] = m.law.number(r.T), r.Tmax
	w.K[at], w.Limit[at], w.Count[at], w.At[at] = 0, limit, 0, first
}

// march takes the rays lo to hi through the packet. load places a ray, or reports false where there is nothing to march;
// finish looks at a place whose ray is done, alone marches a ray without the packet.
func (w *packet) march(lo, hi int, load func(at, i int) bool, finish func(at, i int), alone func(i int)) {
	going := uint16(0)
	for {
		for free := ^going; free != 0 && lo < hi; free &= free - 1 {
			at := bits.TrailingZeros16(free)
			for ; lo < hi && going>>at&1 == 0; lo++ {
				if load(at, lo) {
					going |= 1 << at
				}
			}
		}
		if going == 0 {
			break
		}
		least := 0
		if lo < hi {
			least = simd.PacketRays - packetSpare
		}
		left, stuck := w.Run(going, least)
		for done := going &^ left; done != 0; done &= done - 1 {
			at := bits.TrailingZeros16(done)
			finish(at, w.ray[at])
		}
		going = left
		if stuck {
			for ; going != 0; going &= going - 1 {
				alone(w.ray[bits.TrailingZeros16(going)])
			}
		}
	}
	w.Clear()
}

type marchCountCall struct {
	m      marcher
	law    simd.PacketLaw
	limit  uint32
	rays   []Ray
	counts []uint32
}

var marchCounts = newForm((*marchCountCall).task)

func marchCountForm(c *gpu.Call) bool {
	p := gpu.PushOf[MarchCountPush](c)
	m := p.marcher(c.Bind[1])
	s := marchCountCall{m: m, law: m.packetLaw(), limit: p.MaxSamples, rays: gpu.View[Ray](c.Bind[0]), counts: gpu.View[uint32](c.Bind[3])}
	if !simd.Marches() || p.MaxMip >= GridCascades {
		return false
	}
	marchCounts.do(c, s, reached(c, stateOf(c.Bind[2]).Rays), marchGrain)
	return true
}

func (s *marchCountCall) task(w *packet, lo, hi int) {
	w.Set(&s.law)
	w.march(lo, hi,
		func(at, i int) bool {
			r := &s.rays[i]
			if s.counts[i] = 0; r.Flags&RayAlive == 0 || s.limit == 0 {
				return false
			}
			w.place(at, i, &s.m, r, s.limit, 0)
			return true
		},
		func(at, i int) { s.counts[i] = w.Count[at] },
		func(i int) { s.counts[i] = s.m.count(&s.rays[i], s.limit) })
}

type marchEmitCall struct {
	m               marcher
	law             simd.PacketLaw
	push            MarchCountPush
	rays            []Ray
	counts, offsets []uint32
	samples         []float32
	rayOf           []uint32
}

var marchEmits = newForm((*marchEmitCall).task)

func marchEmitForm(c *gpu.Call) bool {
	p := (*MarchCountPush)(gpu.PushOf[MarchEmitPush](c))
	m := p.marcher(c.Bind[1])
	s := marchEmitCall{m: m, law: m.packetLaw(), push: *p, rays: gpu.View[Ray](c.Bind[0]), counts: gpu.View[uint32](c.Bind[3]),
		offsets: gpu.View[uint32](c.Bind[4]), samples: gpu.View[float32](c.Bind[5]), rayOf: gpu.View[uint32](c.Bind[6])}
	if !simd.Marches() || p.MaxMip >= GridCascades || 7*int(p.Capacity) > len(s.samples) {
		return false
	}
	s.law.Samples, s.law.Stride, s.law.Step = s.samples, int(p.Capacity), 1
	s.law.Lo, s.law.Inv = [3]float32{p.LoX, p.LoY, p.LoZ}, [3]float32{p.InvX, p.InvY, p.InvZ}
	marchEmits.do(c, s, reached(c, stateOf(c.Bind[2]).Rays), marchGrain)
	return true
}

func (s *marchEmitCall) task(w *packet, lo, hi int) {
	w.Set(&s.law)
	alone := func(i int) { s.m.emit(&s.push, &s.rays[i], uint32(i), s.counts[i], s.offsets[i], s.samples, s.rayOf) }
	w.march(lo, hi,
		func(at, i int) bool {
			n, first := s.counts[i], s.offsets[i]
			if n == 0 || first+n > s.push.Capacity {
				return false
			}
			r, stride := &s.rays[i], int(s.push.Capacity)
			fill(s.samples[3*stride+int(first):][:n], (r.Dx+1)*0.5)
			fill(s.samples[4*stride+int(first):][:n], (r.Dy+1)*0.5)
			fill(s.samples[5*stride+int(first):][:n], (r.Dz+1)*0.5)
			fill(s.rayOf[first:][:n], uint32(i))
			w.place(at, i, &s.m, r, n, first)
			return true
		},
		func(at, i int) {
			if w.Count[at] < w.Limit[at] {
				alone(i) // the counts are not of this march: past its end a ray repeats itself
			}
		}, alone)
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

type renderMarchCall struct {
	m       marcher
	law     simd.PacketLaw
	push    RenderMarchPush
	n       int
	live    []uint32
	rays    []Ray
	samples []float32
}

// rowWorker holds what all samples of the rays of a task begin with: origin and direction as the samples have them.
type rowWorker struct {
	packet
	rows [6][pixelGrain]float32
}

var renderMarches = newForm((*renderMarchCall).task)

func renderMarchForm(c *gpu.Call) bool {
	p, m := renderMarcher(c)
	s := renderMarchCall{m: m, law: m.packetLaw(), push: *p, live: gpu.View[uint32](c.Bind[0]), rays: gpu.View[Ray](c.Bind[3]), samples: gpu.View[float32](c.Bind[4])}
	if !simd.Marches() || p.MaxMip >= GridCascades || p.MinMip >= GridCascades || p.Steps == 0 || 7*int(p.Capacity) > len(s.samples) {
		return false
	}
	s.n = int(renderMarchCounts(c))
	s.law.Samples, s.law.Stride, s.law.Step = s.samples, int(p.Capacity), s.n
	s.law.Lo, s.law.Inv = [3]float32{p.LoX, p.LoY, p.LoZ}, [3]float32{p.InvX, p.InvY, p.InvZ}
	renderMarches.do(c, s, reached(c, uint32(s.n)), pixelGrain)
	return true
}

func (s *renderMarchCall) task(w *rowWorker, lo, hi int) {
	p, stride := &s.push, int(s.push.Capacity)
	for i := lo; i < hi; i++ {
		r := &s.rays[s.live[i]]
		w.rows[0][i-lo], w.rows[1][i-lo], w.rows[2][i-lo] = (r.Ox-p.LoX)*p.InvX, (r.Oy-p.LoY)*p.InvY, (r.Oz-p.LoZ)*p.InvZ
		w.rows[3][i-lo], w.rows[4][i-lo], w.rows[5][i-lo] = (r.Dx+1)*0.5, (r.Dy+1)*0.5, (r.Dz+1)*0.5
	}
	for step := range int(p.Steps) {
		first := step*s.n + lo
		for k := range w.rows {
			copy(s.samples[k*stride+first:], w.rows[k][:hi-lo])
		}
		clear(s.samples[6*stride+first:][:hi-lo])
	}
	w.Set(&s.law)
	alone := func(i int) { s.m.render(p, &s.rays[s.live[i]], uint32(i), uint32(s.n), s.samples) }
	w.march(lo, hi,
		func(at, i int) bool {
			w.place(at, i, &s.m, &s.rays[s.live[i]], p.Steps, uint32(i))
			return true
		},
		func(at, i int) {
			r, t := &s.rays[s.live[i]], s.m.law.position(w.N0[at]+float32(w.K[at]))
			if w.Count[at] == p.Steps {
				r.T = t
				return
			}
			// The first of the unused samples lies where the ray was found to end.
			r.T = r.Tmax
			unused, o, d := int(w.Count[at])*s.n+i, [3]float32{r.Ox, r.Oy, r.Oz}, [3]float32{r.Dx, r.Dy, r.Dz}
			for k := range o {
				s.samples[k*stride+unused] = (o[k] + float32(d[k]*t) - s.law.Lo[k]) * s.law.Inv[k]
			}
		}, alone)
}
