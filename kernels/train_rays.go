package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/pcg32"
)

// Bits of TrainRaysPush.Flags.
const (
	RaysRandomBackground = 1 << iota // a random colour per ray, uniform in sRGB
	RaysSnap                         // rays through pixel centres
	RaysLinear                       // targets stay linear; otherwise they are sRGB-encoded
	RaysHalf                         // images are RGBA halves, linear and premultiplied, two words a pixel; else sRGB bytes
	RaysBlendSRGB                    // blend with the background in sRGB
)

// MaskedPixel is the RGBA8 word of a pixel that no ray is sent through; a half pixel is masked by a negative alpha.
const MaskedPixel = 0x00ff00ff

// Ray.Flags: the top bit says that the ray is traced, the low 24 bits hold its image (training), its pixel (rendering) or, in
// the un-fused frame, its next lattice point.
const (
	RayAlive = 0x80000000
	RayIndex = 0x00ffffff
)

// TrainRaysKernel draws one training ray per invocation: image (i·n_images/n_rays) mod n_images, random pixel, lens, unit
// direction, span in the training box, jittered first sample, and the colour to reach with its background.
var TrainRaysKernel = register(&gpu.Kernel{
	Name:     "train_rays",
	Layout:   trainRaysLayout,
	Variants: trainRaysVariants,
	Twin:     trainRaysTwin,
	Bounds: map[string]cmp.Bound{
		"rays": {Kind: cmp.Stat, Abs: 2e-5, Rel: 2e-5, Outliers: 1e-3,
			Why: "lens, normalisation and slab test are chains of fewer than 100 operations of 2.5 ulp on numbers below 2 boxes; a ray that grazes the box may hit or miss"},
		"targets": {Kind: cmp.AbsRel, Abs: 4e-6, Rel: 4e-6,
			Why: "rPow is within (2.1+5|y ln x|)*2^-24 < 40*2^-24 for bytes, applied twice, and a blend of numbers below 1"},
	},
})

// TrainRays records the dispatch over the rays that state counts.
func TrainRays(r *gpu.Recording, b TrainRaysBinds, p TrainRaysPush) {
	r.DispatchIndirect(TrainRaysKernel, RayGroups(b.State), p.Bytes(), TrainRaysKernel.Layout.SpecValues(nil), b.List()...)
}

// SetLaw fills in the step law.
func (p *TrainRaysPush) SetLaw(l StepLaw) {
	p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
}

// SetBox fills in the training box.
func (p *TrainRaysPush) SetBox(lo, hi [3]float32) {
	p.LoX, p.LoY, p.LoZ, p.HiX, p.HiY, p.HiZ = lo[0], lo[1], lo[2], hi[0], hi[1], hi[2]
}

type trainRaysCall struct {
	push    TrainRaysPush
	cameras []Camera
	images  []uint32
	rng     pcg32.Source
	rays    []Ray
	targets []Target
	n       uint32
}

var trainingRays = newForm((*trainRaysCall).some)

func trainRaysTwin(c *gpu.Call) {
	state := stateOf(c.Bind[2])
	trainingRays.do(c, trainRaysCall{*gpu.PushOf[TrainRaysPush](c), gpu.View[Camera](c.Bind[0]), gpu.View[uint32](c.Bind[1]), state.rng(),
		gpu.View[Ray](c.Bind[3]), gpu.View[Target](c.Bind[4]), state.Rays}, reached(c, state.Rays), laneGrain)
}

func (s *trainRaysCall) some(_ *alone, first, end int) {
	p := &s.push
	law := StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}
	lo, hi := vec3{p.LoX, p.LoY, p.LoZ}, vec3{p.HiX, p.HiY, p.HiZ}
	for i := uint32(first); i < uint32(end); i++ {
		image := trainImage(i, s.n, p.NImages)
		cam := &s.cameras[image]
		drawn := drawRay(s.rng, i)
		u, v := drawn.u, drawn.v
		x, y := drawn.pixel(cam)
		if p.Flags&RaysSnap != 0 {
			u, v = (float32(x)+0.5)/float32(cam.Width), (float32(y)+0.5)/float32(cam.Height)
		}
		pixel := cam.Image - p.ImageBase + y*cam.Width + x
		color, alpha, masked := trainPixel(s.images, pixel, p.Flags)
		s.targets[i] = target(p, color, alpha, drawn.back)

		o, d, _, ok := cam.ray(u, v)
		s.rays[i] = spannedRay(o, d, ok && !masked, drawn.jitter, cam.forward().dot(d), image, lo, hi, &law)
	}
}

// trainPixel is the premultiplied colour of a pixel: linear, or sRGB-encoded when blending is done in sRGB.
func trainPixel(images []uint32, pixel, flags uint32) (color vec3, alpha float32, masked bool) {
	blendSRGB := flags&RaysBlendSRGB != 0
	if flags&RaysHalf != 0 {
		rg, ba := images[2*pixel], images[2*pixel+1]
		color = vec3{half16(rg), half16(rg >> 16), half16(ba)}
		alpha = half16(ba >> 16)
		if blendSRGB && alpha > 0 {
			color = vec3{color[0] / alpha, color[1] / alpha, color[2] / alpha}.linearToSrgb().mul(alpha)
		}
		return color, alpha, alpha < 0
	}
	word := images[pixel]
	texel := vec3{float32(word&255) / 255, float32(word>>8&255) / 255, float32(word>>16&255) / 255}
	alpha = float32(word>>24) / 255
	if !blendSRGB {
		texel = texel.srgbToLinear()
	}
	return texel.mul(alpha), alpha, word == MaskedPixel
}

func half16(bits uint32) float32 { return f16.To32(f16.Bits(bits)) }

func target(p *TrainRaysPush, color vec3, alpha float32, back vec3) Target {
	linear := vec3{p.BackR, p.BackG, p.BackB}
	if p.Flags&RaysRandomBackground != 0 {
		linear = back.srgbToLinear()
	}
	var shown, want vec3
	keep := p.Flags&RaysLinear != 0
	if p.Flags&RaysBlendSRGB != 0 {
		shown = linear.linearToSrgb()
		want = color.add(shown.mul(1 - alpha))
	} else {
		want = color.add(linear.mul(1 - alpha))
		shown = linear
		if !keep {
			want, shown = want.linearToSrgb(), linear.linearToSrgb()
		}
	}
	return Target{want[0], want[1], want[2], shown[0], shown[1], shown[2]}
}
