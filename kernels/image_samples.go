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
// centres), or point step·count + i of a sequence. positions are two planes of Capacity values from 0 to 1, targets three of sRGB-encoded colour over black. The step is
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
	Capacity      int // length of a plane, at least Count
	Width, Height int
	Half          bool // halves, linear and premultiplied, two words a pixel; else sRGB bytes, straight alpha
	// Stratified divides the picture into Count cells, √Count by √Count, with a sample in each; where Count is no square
	// of a whole number the samples are independent.
	Stratified bool
	// Sequence, where it is not RandomSequence, gives the positions instead: point step·Count + i for sample i of a step. Stratified must be false.
	Sequence Sequence
	Seed     uint64
}

// Push are the push constants; sizes outside 1 … 2²² panic.
func (s ImageSamples) Push() ImageSamplesPush {
	if s.Count < 1 || s.Width < 1 || s.Height < 1 || s.Width > maxExactPixels || s.Height > maxExactPixels {
		panic("kernels: image_samples of a picture without pixels, or with an edge beyond 2^22")
	}
	if s.Capacity < s.Count {
		panic("kernels: image_samples of more samples than its planes hold")
	}
	if s.Sequence > SobolSequence || s.Sequence != RandomSequence && s.Stratified {
		panic("kernels: image_samples of strata of a sequence, or of one that does not exist")
	}
	rng := pcg32.New(s.Seed)
	p := ImageSamplesPush{Sequence: uint32(s.Sequence), Count: uint32(s.Count), Capacity: uint32(s.Capacity), Width: uint32(s.Width), Height: uint32(s.Height), Columns: 1, Rows: 1,
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

// imageSamplesCall is a dispatch in progress.
type imageSamplesCall struct {
	push               ImageSamplesPush
	image              []uint32
	positions, targets []float32
	start              pcg32.Source
	first              uint32 // point of a sequence
}

var drawingImages = newForm((*imageSamplesCall).draw)

func imageSamplesTwin(c *gpu.Call) {
	p := gpu.PushOf[ImageSamplesPush](c)
	s := imageSamplesCall{push: *p, image: gpu.View[uint32](c.Bind[0]), positions: gpu.View[float32](c.Bind[2]), targets: gpu.View[float32](c.Bind[3]),
		start: pcg32.Source{State: join64(p.StateLo, p.StateHi), Inc: join64(p.IncLo, p.IncHi)}}
	step := gpu.View[Schedule](c.Bind[1])[0].Step
	s.start.Advance(int64(uint64(step) << 32))
	s.first = step * p.Count
	drawingImages.do(c, s, reached(c, p.Count), laneGrain)
}

func (s *imageSamplesCall) draw(_ *alone, lo, hi int) {
	p := &s.push
	rng := s.start
	rng.Advance(2 * int64(lo))
	for i := uint32(lo); i < uint32(hi); i++ {
		u, v := rng.Float32(), rng.Float32()
		if p.Sequence != 0 {
			u, v = Sequence(p.Sequence).point(s.first + i)
		}
		px := (float32(i%p.Columns) + u) * p.CellWidth
		py := (float32(i/p.Columns%p.Rows) + v) * p.CellHeight
		x, y := min(uint32(px), p.Width-1), min(uint32(py), p.Height-1)
		s.positions[i] = (float32(x) + 0.5) * p.InverseWidth
		s.positions[p.Capacity+i] = (float32(y) + 0.5) * p.InverseHeight

		pixel := y*p.Width + x
		var color vec3
		if p.HalfPixels != 0 {
			rg, ba := s.image[2*pixel], s.image[2*pixel+1]
			color = vec3{half16(rg), half16(rg >> 16), half16(ba)}.linearToSrgb()
		} else {
			word := s.image[pixel]
			color = vec3{float32(word&255) / 255, float32(word>>8&255) / 255, float32(word>>16&255) / 255}.mul(float32(word>>24) / 255)
		}
		for k := range color {
			s.targets[uint32(k)*p.Capacity+i] = color[k]
		}
	}
}
