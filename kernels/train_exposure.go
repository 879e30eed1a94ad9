package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/pcg32"
)

const ln2 = float32(0.693147180559945309417)

// TrainExposureKernel replaces the colours that training rays should reach by those under their image's exposure e, in
// stops and per channel, with the draws of train_rays:
//
//	target = sRGB(2^e · color + (1−α) · background),  slopes = ∂target/∂e
var TrainExposureKernel = register(&gpu.Kernel{
	Name:     "train_exposure",
	Layout:   trainExposureLayout,
	Variants: trainExposureVariants,
	Twin:     trainExposureTwin,
	Bounds: map[string]cmp.Bound{
		"targets": {Kind: cmp.AbsRel, Abs: 4e-6, Rel: 4e-6, Why: "as train_rays', and a product by rExp within 2.1 ulp"},
		"slopes":  {Kind: cmp.Stat, Abs: 1e-5, Rel: 1e-5, Outliers: 1e-3, Why: "a power and products of numbers below 13; the slope jumps where sRGB's line meets its power"},
	},
})

// TrainExposure records the dispatch over the rays that state counts, after TrainRays.
func TrainExposure(r *gpu.Recording, b TrainExposureBinds, p TrainExposurePush) {
	if p.Flags&(RaysLinear|RaysBlendSRGB) != 0 {
		panic("kernels: train_exposure blends in linear light and encodes its targets")
	}
	r.DispatchIndirect(TrainExposureKernel, RayGroups(b.State), p.Bytes(), TrainExposureKernel.Layout.SpecValues(nil), b.List()...)
}

type trainExposureCall struct {
	push      TrainExposurePush
	cameras   []Camera
	images    []uint32
	rng       pcg32.Source
	exposures []ExposureAdam
	targets   []Target
	slopes    []float32
	n         uint32
}

var trainingExposures = newForm((*trainExposureCall).some)

func trainExposureTwin(c *gpu.Call) {
	state := stateOf(c.Bind[2])
	trainingExposures.do(c, trainExposureCall{*gpu.PushOf[TrainExposurePush](c), gpu.View[Camera](c.Bind[0]), gpu.View[uint32](c.Bind[1]), state.rng(),
		gpu.View[ExposureAdam](c.Bind[3]), gpu.View[Target](c.Bind[4]), gpu.View[float32](c.Bind[5]), state.Rays}, reached(c, state.Rays), laneGrain)
}

func (s *trainExposureCall) some(_ *alone, first, end int) {
	p := &s.push
	for i := uint32(first); i < uint32(end); i++ {
		image := trainImage(i, s.n, p.NImages)
		cam := &s.cameras[image]
		drawn := drawRay(s.rng, i)
		x, y := drawn.pixel(cam)
		color, alpha, _ := trainPixel(s.images, cam.Image-p.ImageBase+y*cam.Width+x, p.Flags)
		back := vec3{p.BackR, p.BackG, p.BackB}
		if p.Flags&RaysRandomBackground != 0 {
			back = drawn.back.srgbToLinear()
		}
		e, g := &s.exposures[image], &s.targets[i]
		shown := vec3{rExp(e.X0*ln2) * color[0], rExp(e.X1*ln2) * color[1], rExp(e.X2*ln2) * color[2]}
		light := shown.add(back.mul(1 - alpha))
		g.R, g.G, g.B = linearToSrgb(light[0]), linearToSrgb(light[1]), linearToSrgb(light[2])
		for k := range light {
			s.slopes[uint32(k)*p.Stride+i] = srgbSlope(light[k]) * shown[k] * ln2
		}
	}
}

// srgbSlope is the derivative of linearToSrgb.
func srgbSlope(v float32) float32 {
	if v < 0.0031308 {
		return 12.92
	}
	return float32(1.055*0.41666) * rPow(v, 0.41666-1)
}
