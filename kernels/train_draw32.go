package kernels

import (
	"math/bits"

	"github.com/radia-go/radia/internal/pcg32"
)

// The statements of shaders/lib/train_draw.glsl in Go.

// rayDraw is what a training ray draws: place on the picture, time within the exposure, jitter of the first sample in
// steps, background.
type rayDraw struct {
	u, v, shutter, jitter float32
	back                  vec3
}

// drawRay draws for ray i; rng is the step's sequence at its beginning.
func drawRay(rng pcg32.Source, i uint32) rayDraw {
	rng.Advance(16 * int64(i))
	return rayDraw{rng.Float32(), rng.Float32(), rng.Float32(), rng.Float32(), vec3{rng.Float32(), rng.Float32(), rng.Float32()}}
}

// trainImage is the image of ray i: (i·images/rays) mod images.
func trainImage(i, rays, images uint32) uint32 { return mulDiv32(i, images, rays) % images }

// pixel is the column and row that the draw lies in.
func (d *rayDraw) pixel(c *Camera) (x, y uint32) {
	return min(uint32(d.u*float32(c.Width)), c.Width-1), min(uint32(d.v*float32(c.Height)), c.Height-1)
}

// mulDiv32 is n*m/d rounded down, for a quotient that fits a word.
func mulDiv32(n, m, d uint32) uint32 {
	hi, lo := bits.Mul32(n, m)
	q, _ := bits.Div32(hi, lo, d)
	return q
}

// spannedRay is a training ray from its origin and unit direction: its span in the training box and its jittered first
// sample.
func spannedRay(o, d vec3, alive bool, jitter, cosine float32, image uint32, lo, hi vec3, law *StepLaw) Ray {
	t0, t1, hit := boxSpan(o, d, lo, hi)
	flags := image & RayIndex
	if alive && hit {
		flags |= RayAlive
	} else {
		t0, t1 = 0, 0
	}
	return Ray{o[0], o[1], o[2], d[0], d[1], d[2], law.position(law.number(max(t0, 0)) + jitter), t1, cosine, flags}
}
