package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// SdfShadeKernel colours the hits. Lit, a surface of normal n with the light at l and the eye at e is
//
//	albedo·(key·max(n·l, 0)·shadow + (ground + (sky - ground)·(1 + n·up)/2)·open) + key·gloss·max(n·h, 0)^32·max(n·l, 0)·shadow
//
// with h = (l+e)/|l+e| and open = 1 - Σ_j 2^-(j+1)·clamp(1 - f(p + n·h_j)/h_j, 0, 1); then sRGB-encoded.
var SdfShadeKernel = register(&gpu.Kernel{
	Name:     "sdf_shade",
	Layout:   sdfShadeLayout,
	Variants: sdfShadeVariants,
	Twin:     sdfShadeTwin,
	Bounds: map[string]cmp.Bound{
		"pixels": {Kind: cmp.AbsRel, Abs: 3e-5, Rel: 3e-5, Why: "a cosine within 10*2^-24 to the 32nd power, 320*2^-24, and sRGB, whose slope is at most 12.92 where colours are below 0.0031"},
	},
})

// Modes of sdf_shade.
const (
	SdfShaded  = 0
	SdfNormals = 1
)

// SdfShade records the colours of at most max hits.
func SdfShade(r *gpu.Recording, b SdfShadeBinds, p SdfShadePush, max uint32) {
	dispatch(r, SdfShadeKernel, max, p.Bytes(), b.List())
}

func (p *SdfShadePush) openness(distances []float32, s, n, inside uint32) float32 {
	closed, height, weight := float32(0), p.Reach, float32(0.5)
	for j := range p.PointsCount {
		if j < inside {
			closed += float32(weight * clamp32((height-distances[j*n+s])/height, 0, 1))
		}
		height *= 2
		weight *= 0.5
	}
	return 1 - closed
}

func (p *SdfShadePush) shade(d, normal vec3, open, arriving float32) vec3 {
	light := vec3{p.LightX, p.LightY, p.LightZ}
	facing := max(normal.dot(light), 0) * arriving
	above := 0.5 + float32(0.5*normal.dot(vec3{p.UpX, p.UpY, p.UpZ}))
	ground, sky, key := vec3{p.GroundR, p.GroundG, p.GroundB}, vec3{p.SkyR, p.SkyG, p.SkyB}, vec3{p.KeyR, p.KeyG, p.KeyB}
	ambient := ground.add(sky.sub(ground).mul(above)).mul(open)
	h := light.sub(d)
	c := float32(0)
	if h2 := h.dot(h); h2 > 0 {
		c = max(normal.dot(h), 0) / sqrt32(h2)
	}
	for range 5 {
		c *= c
	}
	lit, shine := key.mul(facing).add(ambient), key.mul(float32(p.Gloss*c)*facing)
	return vec3{float32(p.AlbedoR * lit[0]), float32(p.AlbedoG * lit[1]), float32(p.AlbedoB * lit[2])}.add(shine)
}

func sdfShadeTwin(c *gpu.Call) {
	p := gpu.PushOf[SdfShadePush](c)
	live, rays, surfaces := gpu.View[uint32](c.Bind[0]), gpu.View[Ray](c.Bind[2]), gpu.View[Surface](c.Bind[3])
	distances, traces, pixels := gpu.View[float32](c.Bind[4]), gpu.View[Trace](c.Bind[5]), gpu.View[Pixel](c.Bind[6])
	n := gpu.View[uint32](c.Bind[1])[p.CountIndex]
	lanes(c, n, func(s uint32) {
		index := live[s]
		r, at, px := &rays[index], &surfaces[index], &pixels[index]
		normal := vec3{at.Nx, at.Ny, at.Nz}
		color := vec3{0.5, 0.5, 0.5}.add(normal.mul(0.5))
		if p.Mode == SdfShaded {
			color = p.shade(vec3{r.Dx, r.Dy, r.Dz}, normal, p.openness(distances, s, n, at.Inside), traces[index].Light).linearToSrgb()
		}
		px.R, px.G, px.B, px.A, px.Weight = color[0], color[1], color[2], 1, 1
		px.Depth = (r.T + p.Near) * r.Cosine
	})
}
