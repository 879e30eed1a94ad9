package kernels

import (
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
)

// ImageSumsKernel adds up what the training rays of each image have: sums[image·planes + k] += Σ values[k·stride + i] over
// the rays i of the image, ⌈m·n/images⌉ to ⌈(m+1)·n/images⌉, in a fixed order.
var ImageSumsKernel = register(&gpu.Kernel{
	Name:     "image_sums",
	Layout:   imageSumsLayout,
	Variants: imageSumsVariants,
	Twin:     imageSumsTwin,
	Bounds: map[string]cmp.Bound{
		"sums": {Kind: cmp.ULP, ULP: 0, Why: "the same additions in the same order"},
	},
})

// ImageSums records a dispatch of one workgroup an image.
func ImageSums(r *gpu.Recording, b ImageSumsBinds, p ImageSumsPush) {
	r.Dispatch(ImageSumsKernel, Groups(p.NImages, 1), p.Bytes(), ImageSumsKernel.Layout.SpecValues(nil), b.List()...)
}

// firstRay is the first of the rays that train_rays gives to image m of so many.
func firstRay(m, rays, images uint32) uint32 {
	q := mulDiv32(m, rays, images)
	if m*rays != q*images {
		q++
	}
	return q
}

type imageSumsCall struct {
	push   ImageSumsPush
	rays   uint32
	values []float32
	sums   []float32
}

var imageSums = newForm((*imageSumsCall).images)

func imageSumsTwin(c *gpu.Call) {
	p := gpu.PushOf[ImageSumsPush](c)
	groups := min(p.NImages, c.Groups[0]*c.Groups[1])
	imageSums.do(c, imageSumsCall{*p, stateOf(c.Bind[0]).Rays, gpu.View[float32](c.Bind[1]), gpu.View[float32](c.Bind[2])}, int(groups), 1)
}

func (s *imageSumsCall) images(_ *alone, lo, hi int) {
	p := &s.push
	for image := uint32(lo); image < uint32(hi); image++ {
		first, end := firstRay(image, s.rays, p.NImages), firstRay(image+1, s.rays, p.NImages)
		for k := range p.Planes {
			var part [64]float32
			for i := first; i < end; i++ {
				part[(i-first)%64] += s.values[k*p.Stride+i]
			}
			s.sums[image*p.Planes+k] += sum64(&part)
		}
	}
}
