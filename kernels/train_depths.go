package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/pcg32"
)

// TrainDepthsKernel looks up the depth that each training ray should reach, for the pixels that train_rays drew:
//
//	ray_depths[i] = z / cos(axis, ray)
//
// a distance along the ray, 0 where the map knows none (z = 0) or the ray leaves the lens sideways. Of lenses that see all
// around the map holds the distance itself.
var TrainDepthsKernel = register(&gpu.Kernel{
	Name:     "train_depths",
	Layout:   trainDepthsLayout,
	Variants: trainDepthsVariants,
	Twin:     trainDepthsTwin,
	Bounds: map[string]cmp.Bound{
		"ray_depths": {Kind: cmp.ULP, ULP: 3, Why: "one division of the same numbers, which Vulkan rounds within 2.5 ulp"},
	},
})

// TrainDepths records the dispatch over the rays that state counts, after TrainRays and before the step ends.
func TrainDepths(r *gpu.Recording, b TrainDepthsBinds, p TrainDepthsPush) {
	r.DispatchIndirect(TrainDepthsKernel, RayGroups(b.State), p.Bytes(), TrainDepthsKernel.Layout.SpecValues(nil), b.List()...)
}

type trainDepthsCall struct {
	push    TrainDepthsPush
	cameras []Camera
	depths  []float32
	rng     pcg32.Source
	rays    []Ray
	out     []float32
	n       uint32
}

var trainingDepths = newForm((*trainDepthsCall).some)

func trainDepthsTwin(c *gpu.Call) {
	state := stateOf(c.Bind[2])
	trainingDepths.do(c, trainDepthsCall{*gpu.PushOf[TrainDepthsPush](c), gpu.View[Camera](c.Bind[0]), gpu.View[float32](c.Bind[1]), state.rng(),
		gpu.View[Ray](c.Bind[3]), gpu.View[float32](c.Bind[4]), state.Rays}, reached(c, state.Rays), laneGrain)
}

func (s *trainDepthsCall) some(_ *alone, first, end int) {
	for i := uint32(first); i < uint32(end); i++ {
		cam := &s.cameras[trainImage(i, s.n, s.push.NImages)]
		drawn := drawRay(s.rng, i)
		x, y := drawn.pixel(cam)
		z, cosine := s.depths[cam.Image-s.push.ImageBase+y*cam.Width+x], s.rays[i].Cosine
		if cam.seesAll() {
			cosine = 1
		}
		s.out[i] = 0
		if z > 0 && cosine > 1e-3 {
			s.out[i] = z / cosine
		}
	}
}
