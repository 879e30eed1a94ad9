package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(imageSamples) }

func imageSamples() []*check.Case {
	var out []*check.Case
	for _, s := range []kernels.ImageSamples{
		{Count: 1000, Capacity: 1000, Width: 37, Height: 23, Stratified: true, Seed: 5}, // no square: independent
		{Count: 1024, Capacity: 1040, Width: 37, Height: 23, Stratified: true, Seed: 6},
		{Count: 1024, Capacity: 1024, Width: 64, Height: 128, Half: true, Stratified: true, Seed: 7},
		{Count: 70, Capacity: 77, Width: 3, Height: 1, Half: true, Seed: 8},
		{Count: 1000, Capacity: 1008, Width: 37, Height: 23, Sequence: kernels.HaltonSequence, Seed: 9},
		{Count: 1024, Capacity: 1024, Width: 64, Height: 81, Half: true, Sequence: kernels.SobolSequence, Seed: 10},
	} {
		out = append(out, imageSamplesCase(s, 3), imageSamplesCase(s, 0))
	}
	return out
}

func imageSamplesCase(s kernels.ImageSamples, step uint32) *check.Case {
	rng := pcg32.New(s.Seed + 100)
	words := 1
	if s.Half {
		words = 2
	}
	image := make([]uint32, s.Width*s.Height*words)
	for i := range image {
		image[i] = rng.Uint32()
		if s.Half {
			image[i] = uint32(f16.From32(rng.Float32()*4-0.25)) | uint32(f16.From32(rng.Float32()*0.01))<<16
		}
	}
	schedule := kernels.NewSchedule(1e-2, 1, 0, 0, 0, 0)
	schedule.Step = step
	n, stride := s.Count, s.Capacity
	return &check.Case{
		Name:   fmt.Sprintf("%dx%d n=%d half=%v stratified=%v sequence=%d step=%d seed=%d", s.Width, s.Height, n, s.Half, s.Stratified, s.Sequence, step, s.Seed),
		Kernel: kernels.ImageSamplesKernel, Groups: kernels.Groups(uint32(n), 64), Push: s.Push().Bytes(), Spec: specs(kernels.ImageSamplesKernel),
		Args: []check.Arg{check.In(image), check.In([]kernels.Schedule{schedule}), check.Out(2*stride + 3), check.Out(3*stride + 3)},
		Oracle: func() []check.Want {
			x, y := imagePixels(s, step)
			return []check.Want{
				{Binding: 2, Bytes: func(got []byte) error {
					for i := range n {
						// The reciprocal of the size and the product are rounded once each.
						for k, want := range []float64{(float64(x[i]) + 0.5) / float64(s.Width), (float64(y[i]) + 0.5) / float64(s.Height)} {
							if g := floatAt(got, k*stride+i); !(math.Abs(g-want) <= 0x1p-23*want) {
								return fmt.Errorf("coordinate %d of sample %d: got %v, want %v", k, i, g, want)
							}
						}
					}
					return betweenPlanes(got, 2, n, stride)
				}},
				{Binding: 3, Bytes: func(got []byte) error {
					for i := range n {
						color := imageColor(image, y[i]*s.Width+x[i], s.Half)
						for k, want := range color {
							if g := floatAt(got, k*stride+i); !(math.Abs(g-want) <= 2e-6+2e-6*math.Abs(want)) {
								return fmt.Errorf("channel %d of sample %d: got %v, want %v", k, i, g, want)
							}
						}
					}
					return betweenPlanes(got, 3, n, stride)
				}},
			}
		},
		// Width and height are exchanged: the classic mistake of rows and columns.
		Fault: func(c *gpu.Call) {
			push := *gpu.PushOf[kernels.ImageSamplesPush](c)
			push.Width, push.Height = push.Height, push.Width
			push.CellWidth, push.CellHeight = push.CellHeight, push.CellWidth
			wrong := *c
			wrong.Push = push.Bytes()
			kernels.ImageSamplesKernel.Twin(&wrong)
		},
	}
}

// betweenPlanes checks that n values of each plane were written and nothing else.
func betweenPlanes(got []byte, planes, n, stride int) error {
	for k := range planes - 1 {
		if err := untouched(got[:4*(k+1)*stride], k*stride+n); err != nil {
			return err
		}
	}
	return untouched(got, (planes-1)*stride+n)
}

// imagePixels draws pixels one after the other from one sequence: the step's begins 2^32 draws after the one before.
// Which pixel is chosen is a matter of rounding where a position lies on a border, so this is done in float32: one sum,
// one quotient and one product, each correctly rounded.
func imagePixels(s kernels.ImageSamples, step uint32) (x, y []int) {
	rng := pcg32.New(s.Seed)
	for range step {
		rng.Jump()
	}
	if s.Sequence != kernels.RandomSequence {
		for i := range uint32(s.Count) {
			u, v := sequencePoint(s.Sequence, step*uint32(s.Count)+i)
			// Coordinates have 24 bits; what lies between them is less than a pixel's border would need at these sizes, which no point meets exactly.
			x, y = append(x, min(int(u*float64(s.Width)), s.Width-1)), append(y, min(int(v*float64(s.Height)), s.Height-1))
		}
		return x, y
	}
	columns := 1
	if side := int(math.Sqrt(float64(s.Count))); s.Stratified && side*side == s.Count {
		columns = side
	}
	at := func(cell, size int) int {
		p := float32(cell) + rng.Float32()
		return min(int(p*(float32(size)/float32(columns))), size-1)
	}
	for i := range s.Count {
		x = append(x, at(i%columns, s.Width))
		y = append(y, at(i/columns%columns, s.Height))
	}
	return x, y
}

// sequencePoint is a point of a sequence by its definition: digits behind the point in reverse, and for Sobol's second coordinate the
// matrix of Pascal's triangle modulo 2, whose entry (j, k) is 1 where the bits of j are among those of k.
func sequencePoint(s kernels.Sequence, index uint32) (u, v float64) {
	radical := func(base uint32) (v float64) {
		scale := 1.0
		for n := index; n > 0; n /= base {
			scale /= float64(base)
			v += float64(n%base) * scale
		}
		return v
	}
	if s == kernels.HaltonSequence {
		return radical(2), radical(3)
	}
	for j := range 32 {
		bit := uint32(0)
		for k := range 32 {
			if j&k == j {
				bit ^= index >> k & 1
			}
		}
		v += float64(bit) * math.Pow(2, -float64(j+1))
	}
	return radical(2), v
}

// imageColor is a pixel over black, sRGB-encoded.
func imageColor(image []uint32, at int, half bool) (c [3]float64) {
	for k := range c {
		if half {
			word := image[2*at+k/2] >> (16 * (k % 2))
			c[k] = oracle.ToSRGB(float64(f16.To32(f16.Bits(word & 0xffff))))
			continue
		}
		c[k] = float64(image[at]>>(8*k)&255) / 255 * float64(image[at]>>24) / 255
	}
	return c
}
