package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// CompositeRflKernel is composite_grad for radiance-field losses, which compare the colours c_j of a ray's samples with
// the target instead of the colour of the ray. With ℓ the loss, T_j the transmittance after sample j, S_j the colour
// behind it:
//
//	Relax 0: L = Σ w_k ℓ(c_k) + T_end ℓ(background);  ∂L/∂c_j = w_j ℓ'(c_j),  ∂L/∂σ_j = dt_j (T_j ℓ(c_j) − Σ_{k>j} of L)
//	Relax 1: g_j = ℓ'((1−α_j) S_j/T_j + α_j c_j);     ∂L/∂c_j = w_j g_j,      ∂L/∂σ_j = dt_j g_j·(T_j c_j − S_j)
var CompositeRflKernel = register(&gpu.Kernel{
	Name:     "composite_rfl",
	Layout:   compositeRflLayout,
	Variants: compositeRflVariants,
	Twin:     compositeRflTwin,
	Bounds: map[string]cmp.Bound{
		"draw": {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-3, Outliers: 0.01,
			Why: "sums over a ray cancel as in composite_grad; S/T is divided by small transmittances, and an absolute loss turns where its argument is within rounding of the target"},
	},
})

// CompositeRfl records the dispatch over the rays that state counts.
func CompositeRfl(r *gpu.Recording, b CompositeRflBinds, p CompositeRflPush) {
	r.DispatchIndirect(CompositeRflKernel, RayGroups(b.State), p.Bytes(), CompositeRflKernel.Layout.SpecValues(nil), b.List()...)
}

type compositeRflCall struct {
	push                  CompositeRflPush
	norm                  float32
	offsets, kept, keptAt []uint32
	rays                  []Ray
	samples, raw          []float32
	targets               []Target
	results               []RayResult
	keptOut, draw         []float32
}

var compositeRfls = newForm((*compositeRflCall).each)

func compositeRflTwin(c *gpu.Call) {
	p, state := gpu.PushOf[CompositeRflPush](c), stateOf(c.Bind[0])
	compositeRfls.do(c, compositeRflCall{
		push: *p, norm: p.Scale / float32(state.Rays),
		offsets: gpu.View[uint32](c.Bind[1]), kept: gpu.View[uint32](c.Bind[2]), keptAt: gpu.View[uint32](c.Bind[3]),
		rays: gpu.View[Ray](c.Bind[4]), samples: gpu.View[float32](c.Bind[5]), raw: gpu.View[float32](c.Bind[6]),
		targets: gpu.View[Target](c.Bind[7]), results: gpu.View[RayResult](c.Bind[8]), keptOut: gpu.View[float32](c.Bind[9]), draw: gpu.View[float32](c.Bind[10]),
	}, reached(c, state.Rays), compositeGrain)
}

func (s *compositeRflCall) each(_ *alone, lo, hi int) {
	for i := lo; i < hi; i++ {
		if n, to := s.kept[i], s.keptAt[i]; n != 0 && to+n <= s.push.KeptCapacity {
			s.ray(i, s.offsets[i], to, n)
		}
	}
}

// ray handles the n samples of ray i from first on; what is kept goes to place to.
func (s *compositeRflCall) ray(i int, first, to, n uint32) {
	p, r, t, res := &s.push, &s.rays[i], &s.targets[i], &s.results[i]
	stride, keptStride, hdr, kind := p.Capacity, p.KeptCapacity, p.Hdr != 0, Loss(p.LossKind)
	goal := vec3{t.R, t.G, t.B}
	T, whole := float32(1), float32(0)
	if p.Relax == 0 {
		for at := first; at < first+n; at++ {
			e := rExp(-densityOf(s.raw[3*stride+at]) * s.samples[6*stride+at])
			w := T * (1 - e)
			for k := range goal {
				l, _ := kind.Eval(colorOf(s.raw[uint32(k)*stride+at], hdr), goal[k])
				whole += float32(w * l)
			}
			T *= e
		}
		if res.Transmittance >= terminated {
			var back float32
			for k, b := range [3]float32{t.Br, t.Bg, t.Bb} {
				l, _ := kind.Eval(b, goal[k])
				back += l
			}
			whole += float32(res.Transmittance * back)
		}
		T = 1
	}
	rest := vec3{res.R, res.G, res.B}
	for j := range n {
		at, dst := first+j, to+j
		var sample [7]float32
		for k := range uint32(7) {
			sample[k] = s.samples[k*stride+at]
			s.keptOut[k*keptStride+dst] = sample[k]
		}
		dt, density := sample[6], s.raw[3*stride+at]
		e := rExp(-densityOf(density) * dt)
		w := T * (1 - e)
		T *= e
		var along float32
		for k := range rest {
			x := s.raw[uint32(k)*stride+at]
			v := colorOf(x, hdr)
			var slope float32
			if p.Relax == 0 {
				var l float32
				l, slope = kind.Eval(v, goal[k])
				whole -= float32(w * l)
				along += float32(T * l)
			} else {
				rest[k] -= float32(w * v)
				_, slope = kind.Eval(float32(e*(rest[k]/max(1e-6, T)))+float32((1-e)*v), goal[k])
				along += float32(slope * (float32(T*v) - rest[k]))
			}
			d := w * slope * colorSlope(v, hdr)
			if hdr {
				d += max(0, float32(1e-4*x))
			}
			s.draw[uint32(k)*keptStride+dst] = s.norm * d
		}
		if p.Relax == 0 {
			along -= whole
		}
		d := s.norm * densitySlope(density) * dt * along
		pos := vec3{p.LoX + float32(sample[0]*p.SizeX) - r.Ox, p.LoY + float32(sample[1]*p.SizeY) - r.Oy, p.LoZ + float32(sample[2]*p.SizeZ) - r.Oz}
		if density > -10 && pos.dot(pos) < p.NearDistance*p.NearDistance {
			d += p.Regularizer
		}
		s.draw[3*keptStride+dst] = d
	}
}
