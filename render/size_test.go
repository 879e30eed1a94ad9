package render

import (
	"math"
	"strings"
	"testing"
)

// TestManyPixels renders the part of a picture beyond its pixel 2^24 and compares it with a picture of that row alone.
func TestManyPixels(t *testing.T) {
	_, r := small(t, false)
	const w, h, row = 1 << 20, 17, 16
	big := front(w)
	big.Height, big.Focal[1] = h, 9 // the last row looks through the cube's edge region, the first past its other side
	count := r.tile
	first := row*w + w/2 - count/2
	if first < 1<<24 || checkSize(w, h) != nil {
		t.Fatal("the picture is too small for this test, or the memory for the picture")
	}
	f := &Frame{Width: w, Height: h, Color: make([]float32, 4*w*h), Depth: make([]float32, w*h), Cost: make([]float32, w*h)}
	v := View{Camera: big, SPP: 1, MinTransmittance: 1e-4}
	if err := r.begin(v, 0); err != nil {
		t.Fatal(err)
	}
	if err := r.renderTile(f, v, first, count, true); err != nil {
		t.Fatal(err)
	}
	line := func(row float32) *Frame {
		v := v
		v.Camera.Height, v.Camera.Principal[1] = 1, 0.5-(row-8)
		one := &Frame{Width: w, Height: 1, Color: make([]float32, 4*w), Depth: make([]float32, w), Cost: make([]float32, w)}
		if err := r.begin(v, 0); err != nil {
			t.Fatal(err)
		}
		if err := r.renderTile(one, v, w/2-count/2, count, true); err != nil {
			t.Fatal(err)
		}
		return one
	}
	// Rays begin at another random part of a step, 1/600 of the cube: colours differ by about that part of their change along a ray.
	off := func(one *Frame) (sum float64) {
		for i := range 4 * count {
			sum += math.Abs(float64(f.Color[4*first+i] - one.Color[4*(w/2-count/2)+i]))
		}
		return sum / float64(4*count)
	}
	right, wrong := off(line(row)), off(line(0))
	if !(right < wrong/8) || !(wrong > 0) {
		t.Errorf("mean difference %v to the row itself, %v to the first row", right, wrong)
	}
	if f.Rays != int64(count) || f.Samples == 0 {
		t.Errorf("%d rays, %d samples", f.Rays, f.Samples)
	}
}

func TestCheckSize(t *testing.T) {
	for want, size := range map[string][2]int{"2^31 pixels": {1 << 16, 1<<15 + 1}, "from 1": {0, 5}, "pixels are": {1, -1}, "needs 110592 MiB of memory, 65536 MiB are free": {1 << 16, 1 << 15}} {
		if err := fits(size[0], size[1], 64<<30); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", size, err, want)
		}
	}
	if err := fits(1<<16, 1<<15, 0); err != nil {
		t.Error(err)
	}
	if err := fits(5000, 4000, 2<<30); err != nil {
		t.Error(err)
	}
}
