package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SdfNormalKernel makes the surface under every hit: position, normal n = ∇f/|∇f|, a ray to the light, and points
// p + n·reach·2^j at which the field tells how open the surface is.
var SdfNormalKernel = register(&gpu.Kernel{
	Name:     "sdf_normal",
	Layout:   sdfNormalLayout,
	Variants: sdfNormalVariants,
	Twin:     sdfNormalTwin,
	Bounds: map[string]cmp.Bound{
		"surfaces": {Kind: cmp.Stat, Abs: 2e-5, Rel: 1e-5, Outliers: 0.001, Why: "a square root and a division of 2.5 ulp, sums of three; a point at the box may count as outside"},
		"shadows":  {Kind: cmp.Stat, Abs: 1e-4, Rel: 1e-4, Outliers: 0.001, Why: "as surfaces; the exit divides by a component of the light's direction, at least 1/10 in use"},
		"points":   {Kind: cmp.Stat, Abs: 2e-5, Rel: 1e-5, Outliers: 0.001, Why: "as surfaces"},
	},
})

// SdfNormal records the surfaces of at most max hits.
func SdfNormal(r *gpu.Recording, b SdfNormalBinds, p SdfNormalPush, max uint32) {
	dispatch(r, SdfNormalKernel, max, p.Bytes(), b.List())
}

func sdfNormalTwin(c *gpu.Call) {
	p := gpu.PushOf[SdfNormalPush](c)
	live, state, rays := gpu.View[uint32](c.Bind[0]), gpu.View[uint32](c.Bind[1]), gpu.View[Ray](c.Bind[2])
	gradient, surfaces := gpu.View[float32](c.Bind[3]), gpu.View[Surface](c.Bind[4])
	shadows, points := gpu.View[Ray](c.Bind[5]), gpu.View[float32](c.Bind[6])
	n := state[p.CountIndex]
	state[p.PointsIndex] = n * p.PointsCount
	lo, hi, light := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.HiX, p.HiY, p.HiZ}, vec3{p.LightX, p.LightY, p.LightZ}
	lanes(c, n, func(s uint32) {
		index := live[s]
		r := &rays[index]
		d := vec3{r.Dx, r.Dy, r.Dz}
		at := vec3{r.Ox, r.Oy, r.Oz}.add(d.mul(r.T))
		g := vec3{gradient[s], gradient[p.Capacity+s], gradient[2*p.Capacity+s]}
		normal := d.mul(-1)
		if steepness := sqrt32(g.dot(g)); steepness > 0 {
			normal = vec3{g[0] / steepness, g[1] / steepness, g[2] / steepness}
		}
		inside, height := uint32(0), p.Reach
		for j := range p.PointsCount {
			q, within := at.add(normal.mul(height)), inside == j
			for k := range q {
				within = within && q[k] >= lo[k] && q[k] <= hi[k]
			}
			if within {
				inside++
			} else {
				q = at
			}
			for k := range q {
				points[uint32(k)*p.PointsCapacity+j*n+s] = q[k]
			}
			height *= 2
		}
		surfaces[index] = Surface{at[0], at[1], at[2], normal[0], normal[1], normal[2], inside}
		o := at.add(normal.mul(p.Lift))
		_, t1, hit := boxSpan(o, light, lo, hi)
		if !hit {
			t1 = 0
		}
		shadows[index] = Ray{o[0], o[1], o[2], light[0], light[1], light[2], p.Lift, t1, 1, index | RayAlive}
	})
}
