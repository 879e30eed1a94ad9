package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/pcg32"
)

// RayOverride.Kind.
const (
	OverrideMoving = 1 // the camera moves during the exposure
	OverrideGiven  = 2 // every pixel's ray is given
)

// RayOverridesKernel replaces the training rays of pictures whose rays are not those of one posed lens, with the draws of
// train_rays: of a camera that moves, at the time s = A + B·u + C·v + D·shutter of the pixel it has moved by s·move and
// turned by s·turn; or as they are given, six numbers a pixel.
var RayOverridesKernel = register(&gpu.Kernel{
	Name:     "ray_overrides",
	Layout:   rayOverridesLayout,
	Variants: rayOverridesVariants,
	Twin:     rayOverridesTwin,
	Bounds: map[string]cmp.Bound{
		"rays": {Kind: cmp.Stat, Abs: 2e-5, Rel: 2e-5, Outliers: 1e-3, Why: "as train_rays', after a turn by a unit quaternion"},
	},
})

// RayOverrides records the dispatch over the rays that state counts, after TrainRays.
func RayOverrides(r *gpu.Recording, b RayOverridesBinds, p RayOverridesPush) {
	r.DispatchIndirect(RayOverridesKernel, RayGroups(b.State), p.Bytes(), RayOverridesKernel.Layout.SpecValues(nil), b.List()...)
}

// NewRayOverridesPush describes rays that are drawn as p says.
func NewRayOverridesPush(p TrainRaysPush) RayOverridesPush {
	return RayOverridesPush{NImages: p.NImages, ImageBase: p.ImageBase, Flags: p.Flags, LoX: p.LoX, LoY: p.LoY, LoZ: p.LoZ, HiX: p.HiX, HiY: p.HiY, HiZ: p.HiZ,
		Cone: p.Cone, Lambda: p.Lambda, A: p.A, B: p.B, Ta: p.Ta, Tb: p.Tb}
}

type rayOverridesCall struct {
	push      RayOverridesPush
	cameras   []Camera
	images    []uint32
	rng       pcg32.Source
	overrides []RayOverride
	given     []float32
	rays      []Ray
	n         uint32
}

var rayOverrides = newForm((*rayOverridesCall).some)

func rayOverridesTwin(c *gpu.Call) {
	state := stateOf(c.Bind[2])
	rayOverrides.do(c, rayOverridesCall{*gpu.PushOf[RayOverridesPush](c), gpu.View[Camera](c.Bind[0]), gpu.View[uint32](c.Bind[1]), state.rng(),
		gpu.View[RayOverride](c.Bind[3]), gpu.View[float32](c.Bind[4]), gpu.View[Ray](c.Bind[5]), state.Rays}, reached(c, state.Rays), laneGrain)
}

func (s *rayOverridesCall) some(_ *alone, first, end int) {
	p := &s.push
	law := StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}
	lo, hi := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.HiX, p.HiY, p.HiZ}
	for i := uint32(first); i < uint32(end); i++ {
		image := trainImage(i, s.n, p.NImages)
		w := &s.overrides[image]
		if w.Kind == 0 {
			continue
		}
		cam := &s.cameras[image]
		drawn := drawRay(s.rng, i)
		u, v := drawn.u, drawn.v
		x, y := drawn.pixel(cam)
		if p.Flags&RaysSnap != 0 {
			u, v = (float32(x)+0.5)/float32(cam.Width), (float32(y)+0.5)/float32(cam.Height)
		}
		pixel := y*cam.Width + x
		_, _, masked := trainPixel(s.images, cam.Image-p.ImageBase+pixel, p.Flags)
		alive := !masked
		var o, d vec3
		var cosine float32
		if w.Kind == OverrideGiven {
			g := s.given[6*(w.First+pixel):][:6]
			o, d, cosine = vec3{g[0], g[1], g[2]}, vec3{0, 0, 1}, 1
			length := sqrt32(vec3{g[3], g[4], g[5]}.dot(vec3{g[3], g[4], g[5]}))
			if length > 0 {
				d, cosine = vec3{g[3] / length, g[4] / length, g[5] / length}, 1/length
			} else {
				alive = false
			}
		} else {
			at := w.Time + float32(w.TimeU*u) + float32(w.TimeV*v) + float32(w.TimeShutter*drawn.shutter)
			moved := cam.moved(vec3{at * w.MoveX, at * w.MoveY, at * w.MoveZ}, quaternionOf(vec3{at * w.TurnX, at * w.TurnY, at * w.TurnZ}))
			var ok bool
			o, d, _, ok = moved.ray(u, v)
			alive = alive && ok
			cosine = moved.forward().dot(d)
		}
		s.rays[i] = spannedRay(o, d, alive, drawn.jitter, cosine, image, lo, hi, &law)
	}
}
