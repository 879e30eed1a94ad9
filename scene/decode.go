package scene

import (
	"fmt"

	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/sysmem"
	"github.com/radia-go/radia/scene/imageio"
)

// checkMemory predicts the memory of all pictures from their headers, with one full-size picture being decoded by each worker (the
// decoder's copy and ours), and refuses what does not fit.
func (d *Dataset) checkMemory() error {
	var need, largest int64
	for i := range d.Frames {
		f := &d.Frames[i]
		small := f.full
		small.Width, small.Height = d.scaled(f.full)
		if !d.opt.Lazy {
			need += small.Bytes()
			if f.depthPath != "" {
				need += 4 * int64(small.Width) * int64(small.Height)
			}
		}
		largest = max(largest, f.full.Bytes())
	}
	need += 2 * largest * int64(min(d.opt.Workers, len(d.Frames)))
	have := d.opt.MemoryLimit
	if have == 0 {
		if have = sysmem.Available(); have == 0 {
			return nil
		}
	}
	if need > have {
		return fmt.Errorf("%d pictures need %s of memory, %s may be used: use --downscale %d, fewer frames, or lazy loading", len(d.Frames), size(need), size(have), 2*d.opt.Downscale)
	}
	return nil
}

func size(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// decode reads picture i with its side-cars and scales it down.
func (d *Dataset) decode(i int) (*Image, []float32, error) {
	f := &d.Frames[i]
	m, err := imageio.Read(f.ImagePath, d.opt.MaxPixels)
	if err != nil {
		return nil, nil, err
	}
	if m.Width != f.full.Width || m.Height != f.full.Height {
		return nil, nil, fmt.Errorf("%s: changed its size while being loaded", f.ImagePath)
	}
	if m.Half == nil && (d.whiteTransparent || d.blackTransparent) {
		for k, p := range m.Pix {
			if (d.whiteTransparent && p&0xFFFFFF == 0xFFFFFF) || (d.blackTransparent && p&0xFFFFFF == 0) {
				m.Pix[k] = p & 0xFFFFFF
			}
		}
	}
	if d.fixPremult && m.Half != nil {
		unpremultiplyOnce(m)
	}
	if f.alphaPath != "" {
		if err := d.applyAlpha(m, f.alphaPath); err != nil {
			return nil, nil, err
		}
	}
	Sharpen(m, d.sharpen)
	// Transparent magenta in a picture would read as the mask marker.
	for k, p := range m.Pix {
		if p == imageio.Masked {
			m.Pix[k] = 0
		}
	}
	// A nerfstudio mask ignores what is black, a dynamic mask what is not.
	if err := d.applyMask(m, f.maskPath, func(p uint32) bool { return p&0xFFFFFF == 0 }); err != nil {
		return nil, nil, err
	}
	if err := d.applyMask(m, f.dynamicMask, func(p uint32) bool { return p&0xFFFFFF != 0 }); err != nil {
		return nil, nil, err
	}
	w, h := d.scaled(f.full)
	depth, err := d.decodeDepth(i)
	return Downscale(m, w, h), depth, err
}

// sidecar reads a picture that must have the size of m.
func (d *Dataset) sidecar(m *Image, path string) (*Image, error) {
	s, err := imageio.Read(path, d.opt.MaxPixels)
	if err != nil {
		return nil, err
	}
	if s.Width != m.Width || s.Height != m.Height {
		return nil, fmt.Errorf("%s: is %d x %d, its picture %d x %d", path, s.Width, s.Height, m.Width, m.Height)
	}
	return s.To8(), nil
}

// applyAlpha replaces alpha by the linearised red channel of a side-car.
func (d *Dataset) applyAlpha(m *Image, path string) error {
	s, err := d.sidecar(m, path)
	if err != nil {
		return err
	}
	for k, p := range s.Pix {
		a := imageio.SRGBToLinear(float64(p&0xFF) / 255)
		if m.Half == nil {
			m.Pix[k] = m.Pix[k]&0xFFFFFF | uint32(a*255+0.5)<<24
			continue
		}
		// Half pictures are premultiplied: the colour is what it was, times the new alpha.
		old := float64(f16.To32(m.Half[4*k+3]))
		for c := 0; c < 3; c++ {
			v := float64(f16.To32(m.Half[4*k+c]))
			if old > 0 {
				v /= old
			}
			m.Half[4*k+c] = f16.From32(float32(v * a))
		}
		m.Half[4*k+3] = f16.From32(float32(a))
	}
	return nil
}

// applyMask marks the pixels that ignore chooses by the mask's colour.
func (d *Dataset) applyMask(m *Image, path string, ignore func(p uint32) bool) error {
	if path == "" {
		return nil
	}
	s, err := d.sidecar(m, path)
	if err != nil {
		return err
	}
	for k, p := range s.Pix {
		if ignore(p) {
			m.Mask(k)
		}
	}
	return nil
}

// decodeDepth reads the depth of picture i: value * integer_depth_scale * scale, at the nearest pixel where sizes differ, because a mean
// across an edge is the depth of nothing.
func (d *Dataset) decodeDepth(i int) ([]float32, error) {
	f := &d.Frames[i]
	if f.depthPath == "" {
		return nil, nil
	}
	g, err := imageio.ReadGray16(f.depthPath, d.opt.MaxPixels)
	if err != nil {
		return nil, err
	}
	w, h := f.Camera.Width, f.Camera.Height
	out := make([]float32, w*h)
	for y := 0; y < h; y++ {
		sy := (2*y + 1) * g.Height / (2 * h)
		for x := 0; x < w; x++ {
			sx := (2*x + 1) * g.Width / (2 * w)
			out[y*w+x] = float32(float64(g.Pix[sy*g.Width+sx]) * d.depthScale * float64(d.Transform.Scale))
		}
	}
	return out, nil
}
