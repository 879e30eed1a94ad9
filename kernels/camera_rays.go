package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// CameraRaysKernel makes one ray for each pixel of a part of a frame, through any lens, and clears the pixels.
var CameraRaysKernel = register(&gpu.Kernel{
	Name:     "camera_rays",
	Layout:   cameraRaysLayout,
	Variants: cameraRaysVariants,
	Twin:     cameraRaysTwin,
	Bounds: map[string]cmp.Bound{
		"rays": {Kind: cmp.Stat, Abs: 2e-5, Rel: 2e-5, Outliers: 1e-3,
			Why: "as train_rays: fewer than 100 operations of 2.5 ulp; a ray that grazes the box may hit or miss"},
		"alive": {Kind: cmp.Stat, Outliers: 1e-3, Why: "a ray that grazes the box may hit or miss"},
	},
})

// CameraRays records the rays of p.Count pixels.
func CameraRays(r *gpu.Recording, b CameraRaysBinds, p CameraRaysPush) {
	dispatch(r, CameraRaysKernel, p.Count, p.Bytes(), b.List())
}

// SetLaw fills in the step law.
func (p *CameraRaysPush) SetLaw(l StepLaw) {
	p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
}

// squareToDisc maps the unit square onto the unit disc, keeping areas (Shirley and Chiu 1997).
func squareToDisc(x, y float32) (float32, float32) {
	x, y = 2*x-1, 2*y-1
	if x == 0 && y == 0 {
		return 0, 0
	}
	r, turn := y, float32(0)
	if abs32(x) > abs32(y) {
		r, turn = x, float32(0.25*(y/x))
	} else {
		turn = 0.5 - float32(0.25*(x/y))
	}
	return r * rCosPi(turn), r * rSinPi(turn)
}

func fract32(v float32) float32 { return v - floor32(v) }

func cameraRaysTwin(c *gpu.Call) {
	p := gpu.PushOf[CameraRaysPush](c)
	cam, v := &gpu.View[Camera](c.Bind[0])[0], &gpu.View[View](c.Bind[1])[0]
	rays, alive, pixels := gpu.View[Ray](c.Bind[2]), gpu.View[uint32](c.Bind[3]), gpu.View[Pixel](c.Bind[4])
	law := StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}
	offX, offY := viewOffset(v)
	lanes(c, p.Count, func(i uint32) {
		pixel := p.First + i
		o, d, seen := viewRayAt(cam, v, pixel, offX, offY)
		t, tmax, hit := viewSpan(v, &law, pixel, o, d, seen)
		flags := pixel & RayIndex
		alive[i] = 0
		if hit {
			flags |= RayAlive
			alive[i] = 1
		}
		rays[i] = Ray{o[0], o[1], o[2], d[0], d[1], d[2], t, tmax, viewCosine(cam, d), flags}
		pixels[i] = Pixel{Depth: far}
	})
}
