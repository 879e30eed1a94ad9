package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// RayGradientsKernel takes the gradients by the positions p_j = o + t_j d and directions of a training ray's kept samples
// to those by its camera's position and by a turn about it:
//
//	∂L/∂o = Σ g_j,  ∂L/∂d = Σ (t_j g_j + h_j),  ∂L/∂turn = d × ∂L/∂d + (o − camera) × ∂L/∂o
//
// Planes of gradients: position x, y, z, turn x, y, z; a ray without kept samples has 0.
var RayGradientsKernel = register(&gpu.Kernel{
	Name:     "ray_gradients",
	Layout:   rayGradientsLayout,
	Variants: rayGradientsVariants,
	Twin:     rayGradientsTwin,
	Bounds: map[string]cmp.Bound{
		"gradients": {Kind: cmp.AbsRel, Abs: 1e-3, Rel: 1e-4,
			Why: "sums of at most 1024 products in the same order, each within a few ulp; gradients of the table's finest levels reach some hundreds"},
	},
})

// RayGradients records the dispatch over the rays that state counts.
func RayGradients(r *gpu.Recording, b RayGradientsBinds, p RayGradientsPush) {
	r.DispatchIndirect(RayGradientsKernel, RayGroups(b.State), p.Bytes(), RayGradientsKernel.Layout.SpecValues(nil), b.List()...)
}

type rayGradientsCall struct {
	push              RayGradientsPush
	kept, keptAt      []uint32
	rays              []Ray
	cameras           []Camera
	samples, dsamples []float32
	out               []float32
}

var rayGradients = newForm((*rayGradientsCall).each)

func rayGradientsTwin(c *gpu.Call) {
	rayGradients.do(c, rayGradientsCall{
		push: *gpu.PushOf[RayGradientsPush](c), kept: gpu.View[uint32](c.Bind[1]), keptAt: gpu.View[uint32](c.Bind[2]),
		rays: gpu.View[Ray](c.Bind[3]), cameras: gpu.View[Camera](c.Bind[4]),
		samples: gpu.View[float32](c.Bind[5]), dsamples: gpu.View[float32](c.Bind[6]), out: gpu.View[float32](c.Bind[7]),
	}, reached(c, stateOf(c.Bind[0]).Rays), compositeGrain)
}

func (s *rayGradientsCall) each(_ *alone, lo, hi int) {
	p := &s.push
	stride := p.Capacity
	for i := lo; i < hi; i++ {
		n, first, r := s.kept[i], s.keptAt[i], &s.rays[i]
		if first+n > p.Capacity {
			n = 0
		}
		o, d := vec3{r.Ox, r.Oy, r.Oz}, vec3{r.Dx, r.Dy, r.Dz}
		var origin, direction vec3
		for at := first; at < first+n; at++ {
			pos := vec3{p.LoX + float32(s.samples[at]*p.SizeX) - o[0], p.LoY + float32(s.samples[stride+at]*p.SizeY) - o[1],
				p.LoZ + float32(s.samples[2*stride+at]*p.SizeZ) - o[2]}
			t := pos.dot(d)
			g := vec3{s.dsamples[at] / p.SizeX, s.dsamples[stride+at] / p.SizeY, s.dsamples[2*stride+at] / p.SizeZ}
			h := vec3{s.dsamples[3*stride+at], s.dsamples[4*stride+at], s.dsamples[5*stride+at]}
			origin = origin.add(g)
			direction = direction.add(g.mul(t).add(h.mul(0.5)))
		}
		camera := s.cameras[r.Flags&RayIndex].position()
		turn := d.cross(direction).add(o.sub(camera).cross(origin))
		for k, v := range [6]float32{origin[0], origin[1], origin[2], turn[0], turn[1], turn[2]} {
			s.out[uint32(k)*p.RayCapacity+uint32(i)] = v
		}
	}
}
