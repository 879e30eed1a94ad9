package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// CameraAdamKernel takes an Adam step on the corrections of every camera and writes the corrected cameras. The rate is
//
//	max(rate · decay^⌊iter/interval⌋, floor · network's learning rate)
//
// the gradient scale·sums + l2·x, the position moves by the step and the rotation is turned by it, x ← log(exp(step)·exp(x)).
// It clears the sums. With Update 0 it only writes the cameras of the corrections as they are.
var CameraAdamKernel = register(&gpu.Kernel{
	Name:     "camera_adam",
	Layout:   cameraAdamLayout,
	Variants: cameraAdamVariants,
	Twin:     cameraAdamTwin,
	Bounds: map[string]cmp.Bound{
		"sums":        {Kind: cmp.Exact, Why: "cleared"},
		"corrections": {Kind: cmp.AbsRel, Abs: 1e-6, Rel: 1e-4, Why: "1-β^t at t = 1 loses 7 bits of rPow's 2^-21; the rest is a chain of fewer than 100 operations of 2.5 ulp on numbers below pi"},
		"cameras":     {Kind: cmp.AbsRel, Abs: 2e-6, Rel: 1e-6, Why: "a turn by a unit quaternion of numbers near 1, and the error of the corrections"},
	},
})

// CameraAdamStep records the dispatch over all cameras.
func CameraAdamStep(r *gpu.Recording, b CameraAdamBinds, p CameraAdamPush) {
	spec := DefaultCameraAdamSpec()
	r.Dispatch(CameraAdamKernel, Groups(p.NImages, spec.LocalSizeX), p.Bytes(), spec.Values(), b.List()...)
}

type cameraAdamCall struct {
	push        CameraAdamPush
	network     float32
	poses       []Camera
	sums        []float32
	corrections []CameraAdam
	cameras     []Camera
}

var cameraSteps = newForm((*cameraAdamCall).some)

func cameraAdamTwin(c *gpu.Call) {
	p := gpu.PushOf[CameraAdamPush](c)
	cameraSteps.do(c, cameraAdamCall{*p, gpu.View[Schedule](c.Bind[1])[0].LearningRate, gpu.View[Camera](c.Bind[0]), gpu.View[float32](c.Bind[2]),
		gpu.View[CameraAdam](c.Bind[3]), gpu.View[Camera](c.Bind[4])}, reached(c, p.NImages), laneGrain)
}

func (s *cameraAdamCall) some(_ *alone, lo, hi int) {
	p := &s.push
	for i := lo; i < hi; i++ {
		c := &s.corrections[i]
		if p.Update != 0 {
			rate := max(p.Rate*rPow(p.Decay, float32(c.Iter/p.Interval)), p.Floor*s.network)
			c.Iter++
			t := float32(c.Iter)
			rate = adamRate(rate, t, p.Beta1, p.Beta2)
			sums := s.sums[6*i:][:6]
			step := func(k int, x, m, v *float32) float32 {
				g := float32(p.Scale*sums[k]) + float32(p.L2**x)
				sums[k] = 0
				return adamStep(g, m, v, rate, p.Beta1, p.Beta2, p.Epsilon)
			}
			c.X0 += step(0, &c.X0, &c.M0, &c.V0)
			c.X1 += step(1, &c.X1, &c.M1, &c.V1)
			c.X2 += step(2, &c.X2, &c.M2, &c.V2)
			turn := vec3{step(3, &c.Y0, &c.N0, &c.W0), step(4, &c.Y1, &c.N1, &c.W1), step(5, &c.Y2, &c.N2, &c.W2)}
			y := quaternionOf(turn).times(quaternionOf(vec3{c.Y0, c.Y1, c.Y2})).turn()
			c.Y0, c.Y1, c.Y2 = y[0], y[1], y[2]
		}
		s.cameras[i] = s.poses[i].moved(vec3{c.X0, c.X1, c.X2}, quaternionOf(vec3{c.Y0, c.Y1, c.Y2}))
	}
}
