package kernels

import (
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/internal/pcg32"
)

// ImageSamplesKernel draws the batch of one training step on a picture: for i < count
//
//	p = ((i mod columns) + u, (i div columns mod rows) + v) · cell,  pixel = ⌊p⌋,  position = (pixel + ½)/size
//
// with u, v the draws 2i and 2i+1 of pcg32 after step·2³² draws (instant-ngp's stratified positions, moved to pixel
// centres). positions are two planes from 0 to 1, targets three planes of sRGB-encoded colour over black. The step is
// Schedule.Step, so a recording can be replayed.
var ImageSamplesKernel = register(&gpu.Kernel{
	Name:     "image_samples",
	Layout:   imageSamplesLayout,
	Variants: imageSamplesVariants,
	Twin:     imageSamplesTwin,
	Bounds: map[string]cmp.Bound{
		"targets": {Kind: cmp.AbsRel, Abs: 4e-6, Rel: 4e-6,
			Why: "rPow is within (2.1+5|y ln x|)*2^-24 < 30*2^-24 for halves; bytes take two divisions of 2.5 ulp and a product"},
	},
})

// maxExactPixels is the longest edge whose pixel numbers and halves are exact in float32.
const maxExactPixels = 1 << 22

// ImageSamples describes the batches of one picture.
type ImageSamples struct {
	Count         int
	Width, Height int
	Half          bool // halves, linear and premultiplied, two words a pixel; else sRGB bytes, straight alpha
	// Stratified divides the picture into Count cells, √Count by √Count, with a sample in each; where Count is no square
	// of a whole number the samples are independent.
	Stratified bool
	Seed       uint64
}

// Push are the push constants; sizes outside 1 … 2²² panic.
func (s ImageSamples) Push() ImageSamplesPush {
	if s.Count < 1 || s.Width < 1 || s.Height < 1 || s.Width > maxExactPixels || s.Height > maxExactPixels {
		panic("kernels: image_samples of a picture without pixels, or with an edge beyond 2^22")
	}
	rng := pcg32.New(s.Seed)
	p := ImageSamplesPush{Count: uint32(s.Count), Width: uint32(s.Width), Height: uint32(s.Height), Columns: 1, Rows: 1,
		InverseWidth: 1 / float32(s.Width), InverseHeight: 1 / float32(s.Height)}
	if side := int(math.Sqrt(float64(s.Count))); s.Stratified && side*side == s.Count {
		p.Columns, p.Rows = uint32(side), uint32(side)
	}
	p.CellWidth, p.CellHeight = float32(s.Width)/float32(p.Columns), float32(s.Height)/float32(p.Rows)
	if s.Half {
		p.HalfPixels = 1
	}
	p.StateLo, p.StateHi = split64(rng.State)
	p.IncLo, p.IncHi = split64(rng.Inc)
	return p
}

// Record appends the dispatch.
func (s ImageSamples) Record(r *gpu.Recording, b ImageSamplesBinds) {
	spec := DefaultImageSamplesSpec()
	r.Dispatch(ImageSamplesKernel, Groups(uint32(s.Count), spec.LocalSizeX), s.Push().Bytes(), spec.Values(), b.List()...)
}

func imageSamplesTwin(c *gpu.Call) {
	p := gpu.PushOf[ImageSamplesPush](c)
	image := gpu.View[uint32](c.Bind[0])
	step := gpu.View[Schedule](c.Bind[1])[0].Step
	positions, targets := gpu.View[float32](c.Bind[2]), gpu.View[float32](c.Bind[3])
	start := pcg32.Source{State: join64(p.StateLo, p.StateHi), Inc: join64(p.IncLo, p.IncHi)}
	start.Advance(int64(uint64(step) << 32))
	lanes(c, p.Count, func(i uint32) {
		rng := start
		rng.Advance(2 * int64(i))
		u, v := rng.Float32(), rng.Float32()
		px := (float32(i%p.Columns) + u) * p.CellWidth
		py := (float32(i/p.Columns%p.Rows) + v) * p.CellHeight
		x, y := min(uint32(px), p.Width-1), min(uint32(py), p.Height-1)
		positions[i] = (float32(x) + 0.5) * p.InverseWidth
		positions[p.Count+i] = (float32(y) + 0.5) * p.InverseHeight

		pixel := y*p.Width + x
		var color vec3
		if p.HalfPixels != 0 {
			rg, ba := image[2*pixel], image[2*pixel+1]
			color = vec3{half16(rg), half16(rg >> 16), half16(ba)}.linearToSrgb()
		} else {
			word := image[pixel]
			color = vec3{float32(word&255) / 255, float32(word>>8&255) / 255, float32(word>>16&255) / 255}.mul(float32(word>>24) / 255)
		}
		for k := range color {
			targets[uint32(k)*p.Count+i] = color[k]
		}
	})
}
