package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// CompositeTrainKernel composites each training ray until its transmittance falls below 1e-4, adds the background where the
// ray was not cut short, measures the loss and counts the samples that took part.
var CompositeTrainKernel = register(&gpu.Kernel{
	Name:     "composite_train",
	Layout:   compositeTrainLayout,
	Variants: compositeTrainVariants,
	Twin:     compositeTrainTwin,
	SIMD:     compositeTrainForm,
	Bounds: map[string]cmp.Bound{
		"kept_counts": {Kind: cmp.Stat, Outliers: 0.01,
			Why: "transmittance carries a relative error below 1e-4, so only rays that pass 1e-4 within that margin may end one sample earlier or later"},
		"results": {Kind: cmp.AbsRel, Abs: 3e-4, Rel: 1e-4,
			Why: "at most 1024 samples of an absolute error below 2*2^-24 each in colour, and one sample more or less weighs at most the 1e-4 of transmittance that is left, times a background of at most 1"},
	},
})

// CompositeTrain records the dispatch over the rays that state counts.
func CompositeTrain(r *gpu.Recording, b CompositeTrainBinds, p CompositeTrainPush) {
	r.DispatchIndirect(CompositeTrainKernel, RayGroups(b.State), p.Bytes(), CompositeTrainKernel.Layout.SpecValues(nil), b.List()...)
}

func compositeTrainTwin(c *gpu.Call) {
	p := gpu.PushOf[CompositeTrainPush](c)
	state, counts, offsets := stateOf(c.Bind[0]), gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2])
	samples, raw := gpu.View[float32](c.Bind[3]), gpu.View[float32](c.Bind[4])
	targets, keptCounts, results := gpu.View[Target](c.Bind[5]), gpu.View[uint32](c.Bind[6]), gpu.View[RayResult](c.Bind[7])
	stride, hdr, kind := p.Capacity, p.Hdr != 0, Loss(p.LossKind)
	lanes(c, state.Rays, func(i uint32) {
		n, first := counts[i], offsets[i]
		if first+n > p.Capacity {
			n = 0
		}
		T, C := float32(1), vec3{}
		kept := uint32(0)
		for ; kept < n && T >= terminated; kept++ {
			at := first + kept
			e := rExp(-densityOf(raw[3*stride+at]) * samples[6*stride+at])
			w := T * (1 - e)
			for k := range C {
				C[k] += float32(w * colorOf(raw[uint32(k)*stride+at], hdr))
			}
			T *= e
		}
		g := &targets[i]
		if kept == n {
			C = C.add(vec3{g.Br, g.Bg, g.Bb}.mul(T))
		}
		var loss float32
		if n != 0 {
			r, _ := kind.Eval(C[0], g.R)
			gr, _ := kind.Eval(C[1], g.G)
			b, _ := kind.Eval(C[2], g.B)
			loss = (r + gr + b) / 3
		}
		keptCounts[i] = kept
		results[i] = RayResult{C[0], C[1], C[2], T, loss}
	})
}
