package imageio

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"sort"

	"github.com/radia-go/radia/internal/atomicfile"
)

// GIFOptions choose how WriteGIF plays.
type GIFOptions struct {
	FPS        float64    // pictures a second (default 20; the format counts in 1/100 s)
	Background [3]float32 // under transparent pixels, sRGB 0..1
	Once       bool       // play once instead of for ever
}

// WriteGIF writes an animated GIF. All pictures share one palette of up to 256 colours found by median cut (Heckbert 1982) over the
// colours of all pictures, so that it does not flicker, and each is dithered with Floyd-Steinberg error diffusion.
func WriteGIF(path string, pictures []*Image, opt GIFOptions) error {
	if len(pictures) == 0 {
		return fmt.Errorf("writing %s: no pictures", path)
	}
	if opt.FPS <= 0 {
		opt.FPS = 20
	}
	flat := make([]*Image, len(pictures))
	for i, p := range pictures {
		if err := p.check(); err != nil {
			return fmt.Errorf("writing %s: picture %d: %w", path, i, err)
		}
		if p.Width != pictures[0].Width || p.Height != pictures[0].Height {
			return fmt.Errorf("writing %s: picture %d is %d x %d, the first %d x %d", path, i, p.Width, p.Height, pictures[0].Width, pictures[0].Height)
		}
		flat[i] = p.Over(opt.Background)
	}
	pal := newPalette(medianCut(flat, 256))
	out := &gif.GIF{Config: image.Config{ColorModel: pal.colors, Width: flat[0].Width, Height: flat[0].Height}}
	if opt.Once {
		out.LoopCount = -1
	}
	delay := max(1, int(100/opt.FPS+0.5))
	for _, p := range flat {
		out.Image = append(out.Image, pal.dither(p))
		out.Delay = append(out.Delay, delay)
	}
	return atomicfile.WriteFunc(path, func(w io.Writer) error { return gif.EncodeAll(w, out) })
}

// bin is one cell of the colour histogram: 5 bits a channel, with the exact sum of the colours that fell in it.
type bin struct {
	n   int
	sum [3]int
}

func (b *bin) mean(c int) float64 { return float64(b.sum[c]) / float64(b.n) }

// medianCut splits the histogram box with the largest weighted spread at its median until n boxes exist; a box's colour is its mean.
func medianCut(pictures []*Image, n int) []color.RGBA {
	hist := make([]bin, 1<<15)
	for _, p := range pictures {
		for _, px := range p.Pix {
			r, g, b, _ := Unpack(px)
			h := &hist[int(r>>3)<<10|int(g>>3)<<5|int(b>>3)]
			h.n++
			h.sum[0] += int(r)
			h.sum[1] += int(g)
			h.sum[2] += int(b)
		}
	}
	var all []*bin
	for i := range hist {
		if hist[i].n > 0 {
			all = append(all, &hist[i])
		}
	}
	boxes := [][]*bin{all}
	for len(boxes) < n {
		best, axis, most := -1, 0, 0.0
		for i, b := range boxes {
			if c, v := spread(b); len(b) > 1 && v > most {
				best, axis, most = i, c, v
			}
		}
		if best < 0 {
			break
		}
		b := boxes[best]
		sort.SliceStable(b, func(i, j int) bool { return b[i].mean(axis) < b[j].mean(axis) })
		total, half, cut := 0, 0, 0
		for _, h := range b {
			total += h.n
		}
		for cut = 1; cut < len(b)-1; cut++ {
			half += b[cut-1].n
			if 2*half >= total {
				break
			}
		}
		boxes[best] = b[:cut:cut]
		boxes = append(boxes, b[cut:])
	}
	out := make([]color.RGBA, len(boxes))
	for i, b := range boxes {
		var s [3]int
		t := 0
		for _, h := range b {
			t += h.n
			for c := range s {
				s[c] += h.sum[c]
			}
		}
		out[i] = color.RGBA{uint8((s[0] + t/2) / t), uint8((s[1] + t/2) / t), uint8((s[2] + t/2) / t), 255}
	}
	return out
}

// spread returns the channel of the largest sum of squared differences from the mean and that sum, the error a box makes.
func spread(b []*bin) (axis int, v float64) {
	for c := 0; c < 3; c++ {
		var n, s, q float64
		for _, h := range b {
			m := h.mean(c)
			n += float64(h.n)
			s += m * float64(h.n)
			q += m * m * float64(h.n)
		}
		if d := q - s*s/n; d > v {
			axis, v = c, d
		}
	}
	return axis, v
}

// palette finds the nearest colour, remembered per 6-bit cell so that a frame costs one search for each colour it shows.
type palette struct {
	colors color.Palette
	rgb    [][3]int
	cache  []int16
}

func newPalette(c []color.RGBA) *palette {
	p := &palette{cache: make([]int16, 1<<18)}
	for _, v := range c {
		p.colors = append(p.colors, v)
		p.rgb = append(p.rgb, [3]int{int(v.R), int(v.G), int(v.B)})
	}
	for i := range p.cache {
		p.cache[i] = -1
	}
	return p
}

func (p *palette) nearest(c [3]int) int {
	key := c[0]>>2<<12 | c[1]>>2<<6 | c[2]>>2
	if i := p.cache[key]; i >= 0 {
		return int(i)
	}
	// The cell's centre stands for all its colours, so that the answer does not depend on which was seen first.
	m := [3]int{c[0]&^3 + 2, c[1]&^3 + 2, c[2]&^3 + 2}
	best, at := 1<<30, 0
	for i, q := range p.rgb {
		d := 0
		for k := range q {
			d += (q[k] - m[k]) * (q[k] - m[k])
		}
		if d < best {
			best, at = d, i
		}
	}
	p.cache[key] = int16(at)
	return at
}

// dither maps a picture to the palette, diffusing each pixel's error with weights 7, 3, 5, 1 of 16. Errors below three steps are
// dropped, so that flat areas stay flat (and the file small).
func (p *palette) dither(m *Image) *image.Paletted {
	w, h := m.Width, m.Height
	out := image.NewPaletted(image.Rect(0, 0, w, h), p.colors)
	cur, next := make([][3]int, w+2), make([][3]int, w+2)
	for y := 0; y < h; y++ {
		for x := 0; x < w; x++ {
			r, g, b, _ := Unpack(m.Pix[y*w+x])
			c := [3]int{int(r), int(g), int(b)}
			for k := range c {
				c[k] = min(max(c[k]+(cur[x+1][k]+8)>>4, 0), 255)
			}
			i := p.nearest(c)
			out.Pix[y*w+x] = uint8(i)
			for k := range c {
				e := c[k] - p.rgb[i][k]
				if e > -3 && e < 3 {
					continue
				}
				cur[x+2][k] += 7 * e
				next[x][k] += 3 * e
				next[x+1][k] += 5 * e
				next[x+2][k] += e
			}
		}
		cur, next = next, cur
		clear(next)
	}
	return out
}
