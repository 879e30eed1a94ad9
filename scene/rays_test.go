package scene

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRays: a file of rays beside a picture is read in ngp space, with the mean of what a smaller pixel is made of, and
// refused where it does not fit.
func TestRays(t *testing.T) {
	dir := t.TempDir()
	picture(t, filepath.Join(dir, "a.png"), 4, 2, grey())
	write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,"scale":0.5,"frames":[{"file_path":"a.png","transform_matrix":`+identity+`}]}`)
	values := make([]float32, 4*2*6)
	for i := range values {
		values[i] = float32(i)
	}
	copy(values[6*7+3:], []float32{0, 0, 0}) // the last pixel has no ray
	path := filepath.Join(dir, "rays_a.dat")
	save := func(v []float32) {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	save(values)
	for k := 1; k <= 2; k++ {
		d, err := Load(dir, LoadOptions{Downscale: k})
		if err != nil || !d.HasRays(0) || len(d.Warnings) != 0 {
			t.Fatalf("%v %q", err, d.Warnings)
		}
		rays, err := d.Rays(0)
		if err != nil {
			t.Fatal(err)
		}
		w, h := 4/k, 2/k
		if len(rays) != 6*w*h {
			t.Fatalf("%d numbers", len(rays))
		}
		for at := range w * h {
			var want [6]float64
			lost := false
			for y := at / w * k; y < (at/w+1)*k; y++ {
				for x := at % w * k; x < (at%w+1)*k; x++ {
					v := values[6*(4*y+x):][:6]
					lost = lost || v[3] == 0 && v[4] == 0 && v[5] == 0
					for i, j := range [3]int{1, 2, 0} { // the axes of ngp space
						want[i] += (float64(v[j])*0.5 + 0.5) / float64(k*k)
						want[3+i] += float64(v[3+j]) / float64(k*k)
					}
				}
			}
			for i, v := range want {
				if lost {
					v = 0
				}
				if got := float64(rays[6*at+i]); math.Abs(got-v) > 1e-5 {
					t.Errorf("1/%d, pixel %d, number %d: %v, want %v", k, at, i, got, v)
				}
			}
		}
	}
	write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,"enable_ray_loading":false,"frames":[{"file_path":"a.png","transform_matrix":`+identity+`}]}`)
	if d, err := Load(dir, LoadOptions{}); err != nil || d.HasRays(0) {
		t.Errorf("enable_ray_loading false: %v", err)
	}
	write(t, filepath.Join(dir, "transforms.json"), `{"fl_x":5,"frames":[{"file_path":"a.png","transform_matrix":`+identity+`}]}`)
	for want, v := range map[string][]float32{"has 188 bytes, 4 x 2 pixels with a ray of 24 bytes each have 192": values[1:], "the ray of pixel 1, 0 is not finite": append(append(append([]float32(nil), values[:8]...), float32(math.NaN())), values[9:]...)} {
		save(v)
		d, err := Load(dir, LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = d.Rays(0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
