package scene

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
)

// RaysPerPixel is how many numbers Rays has for a pixel: origin and direction.
const RaysPerPixel = 6

// HasRays reports whether the rays of picture i are given by a file beside it instead of by its camera.
func (d *Dataset) HasRays(i int) bool { return d.Frames[i].raysPath != "" }

// Rays reads the rays of picture i at the loaded size: six numbers a pixel, origin in ngp space and direction, not normalised,
// so that a depth times its length is a distance; a direction of 0 is no ray. nil without a file. Files hold six
// little-endian float32 a pixel of the full picture, in the file's coordinates; of a smaller size each pixel has the mean
// over the pixels that it is made of.
func (d *Dataset) Rays(i int) ([]float32, error) {
	f := &d.Frames[i]
	if f.raysPath == "" {
		return nil, nil
	}
	fw, fh := f.full.Width, f.full.Height
	file, err := os.Open(f.raysPath)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if want := int64(fw) * int64(fh) * RaysPerPixel * 4; st.Size() != want {
		return nil, fmt.Errorf("%s: has %d bytes, %d x %d pixels with a ray of %d bytes each have %d", f.raysPath, st.Size(), fw, fh, RaysPerPixel*4, want)
	}
	w, h := f.Camera.Width, f.Camera.Height
	out, counts := make([]float32, RaysPerPixel*w*h), make([]int32, w*h) // count -1: a pixel without a ray is among them
	row := make([]byte, fw*RaysPerPixel*4)
	for y := range fh {
		if _, err := io.ReadFull(file, row); err != nil {
			return nil, fmt.Errorf("%s: %w", f.raysPath, err)
		}
		for x := range fw {
			var v [RaysPerPixel]float64
			for k := range v {
				v[k] = float64(math.Float32frombits(binary.LittleEndian.Uint32(row[4*(RaysPerPixel*x+k):])))
				if !finite(v[k]) {
					return nil, fmt.Errorf("%s: the ray of pixel %d, %d is not finite", f.raysPath, x, y)
				}
			}
			at := y*h/fh*w + x*w/fw
			dir := Vec3(v[3:])
			if dir == (Vec3{}) {
				counts[at] = -1
			}
			if counts[at] < 0 {
				continue
			}
			counts[at]++
			o, dir := d.Transform.Point(Vec3(v[:3])), d.Transform.Direction(dir)
			for k := range 3 {
				out[RaysPerPixel*at+k] += float32(o[k])
				out[RaysPerPixel*at+3+k] += float32(dir[k])
			}
		}
	}
	for at, n := range counts {
		for k := range RaysPerPixel {
			if n > 0 {
				out[RaysPerPixel*at+k] /= float32(n)
			} else {
				out[RaysPerPixel*at+k] = 0
			}
		}
	}
	return out, nil
}

// Moves reports whether picture i is taken while its camera moves: it has a pose at the end of the exposure, and
// RollingShutter says when which pixel is seen.
func (d *Dataset) Moves(i int) bool {
	return d.Frames[i].PoseEnd != nil && d.RollingShutter != [4]float32{}
}
