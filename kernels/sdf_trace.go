package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SdfTraceKernel is one step of sphere tracing for every live ray (Hart 1996): where the field was d at t,
//
//	t' = t + factor·d                      outside, d > near = tolerance + cone·t
//	t' = t₀ + (t - t₀)·d₀/(d₀ - d)         inside, with t₀, d₀ the last place outside
//
// until |d| ≤ near, t leaves the box, or max_steps are taken. Shadow rays (sharpness > 0) keep light = min(sharpness·d/t).
// Mode SdfPlace writes the position at t - back and nothing else.
var SdfTraceKernel = register(&gpu.Kernel{
	Name:     "sdf_trace",
	Layout:   sdfTraceLayout,
	Variants: sdfTraceVariants,
	Twin:     sdfTraceTwin,
	Bounds: map[string]cmp.Bound{
		"rays":      {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 0.01, Why: "t: a division and three operations; a distance at the edge of the tolerance ends one ray a step earlier"},
		"traces":    {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 0.01, Why: "as rays"},
		"alive":     {Kind: cmp.Stat, Outliers: 0.01, Why: "as rays"},
		"positions": {Kind: cmp.Stat, Abs: 2e-5, Rel: 1e-5, Outliers: 0.01, Why: "t of rays, times a unit direction"},
	},
})

// Modes of sdf_trace and states of a Trace.
const (
	SdfBegin = 0
	SdfStep  = 1
	SdfPlace = 2

	TraceRunning = 0
	TraceHit     = 1
	TraceMissed  = 2
)

// SdfTrace records a step of at most max live rays.
func SdfTrace(r *gpu.Recording, b SdfTraceBinds, p SdfTracePush, max uint32) {
	dispatch(r, SdfTraceKernel, max, p.Bytes(), b.List())
}

func (p *SdfTracePush) viewing(r *Ray, w *Trace, d, near float32) {
	switch {
	case !(abs32(d) > near):
		w.Status = TraceHit
	case d < 0:
		span := r.T - w.BeforeT
		if w.BeforeD == 0 || !(span > near) {
			w.Status = TraceHit
		} else {
			r.T = w.BeforeT + float32(span*(w.BeforeD/(w.BeforeD-d)))
		}
	default:
		w.BeforeT, w.BeforeD = r.T, d
		if r.T += float32(p.Factor * d); !(r.T < r.Tmax) {
			w.Status = TraceMissed
		}
	}
	if w.Status == TraceRunning && w.Steps >= p.MaxSteps {
		if w.Status = TraceHit; abs32(d) > 4*near {
			w.Status = TraceMissed
		}
	}
}

func (p *SdfTracePush) shadow(r *Ray, w *Trace, d, near float32) {
	w.Light = min(w.Light, max(float32(p.Sharpness*d)/r.T, 0))
	if !(w.Light > 0) {
		w.Light, w.Status = 0, TraceHit
		return
	}
	r.T += max(float32(p.Factor*d), near)
	if !(r.T < r.Tmax) || w.Steps >= p.MaxSteps {
		w.Status = TraceMissed
	}
}

func sdfTraceTwin(c *gpu.Call) {
	p := gpu.PushOf[SdfTracePush](c)
	live, rays, distances := gpu.View[uint32](c.Bind[0]), gpu.View[Ray](c.Bind[2]), gpu.View[float32](c.Bind[3])
	traces, alive, positions := gpu.View[Trace](c.Bind[4]), gpu.View[uint32](c.Bind[5]), gpu.View[float32](c.Bind[6])
	lanes(c, gpu.View[uint32](c.Bind[1])[p.CountIndex], func(s uint32) {
		r, w := &rays[live[s]], &traces[live[s]]
		if p.Mode == SdfBegin {
			*w = Trace{Light: 1}
			alive[s] = 1
		} else if p.Mode == SdfStep && alive[s] != 0 {
			w.Steps++
			near := p.Tolerance + float32(p.Cone*r.T)
			if p.Sharpness > 0 {
				p.shadow(r, w, distances[s], near)
			} else {
				p.viewing(r, w, distances[s], near)
			}
			if w.Status != TraceRunning {
				alive[s] = 0
			}
		}
		t := r.T
		if p.Mode == SdfPlace {
			t -= p.Back
		}
		positions[s] = r.Ox + float32(r.Dx*t)
		positions[p.Capacity+s] = r.Oy + float32(r.Dy*t)
		positions[2*p.Capacity+s] = r.Oz + float32(r.Dz*t)
	})
}
