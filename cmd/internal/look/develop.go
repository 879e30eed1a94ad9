// Package look turns what a field looks like into what a person sees: modes, background, exposure, tone curves, and the
// scaling to the window.
package look

import (
	"fmt"
	"image"
	"math"
	"runtime"
	"sync"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// Mode is what the picture shows.
type Mode int

// The modes.
const (
	Shade Mode = iota
	Depth
	Normals
	Alpha
	Position
	Cost
	Slice
)

var names = [...]string{"shade", "depth", "normals", "alpha", "position", "cost", "slice"}

func (m Mode) String() string { return names[m] }

// Names are the modes in order.
func Names() []string { return names[:] }

// ParseMode is the inverse of String.
func ParseMode(s string) (Mode, error) {
	for i, n := range names {
		if n == s {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q", s)
}

// Curve is a tone curve.
type Curve int

// The curves.
const (
	Identity Curve = iota
	ACES
	Hable
	Reinhard
)

// CurveNames are the curves in order.
func CurveNames() []string { return []string{"none", "ACES", "Hable", "Reinhard"} }

// ParseCurve is the inverse of CurveNames.
func ParseCurve(s string) (Curve, error) {
	for i, n := range CurveNames() {
		if n == s {
			return Curve(i), nil
		}
	}
	return 0, fmt.Errorf("unknown tone curve %q", s)
}

// Style is how a picture is shown.
type Style struct {
	Mode       Mode
	Exposure   float64 // stops
	Curve      Curve
	Background [3]float32 // sRGB-encoded
	Checker    bool       // a checkerboard instead of the background
}

// apply maps linear light c to display light.
func (c Curve) apply(v [3]float64) [3]float64 {
	switch c {
	case ACES: // Narkowicz 2015, as used with input scaled by 0.6
		for k, x := range v {
			x *= 0.6
			v[k] = x * (2.51*x + 0.03) / (x*(2.43*x+0.59) + 0.14)
		}
	case Hable: // Hable 2010, white at 11.2
		h := func(x float64) float64 { return (x*(0.15*x+0.05)+0.004)/(x*(0.15*x+0.5)+0.06) - 0.02/0.3 }
		for k, x := range v {
			v[k] = h(2*x) / h(11.2)
		}
	case Reinhard: // by luminance, Reinhard 2002
		l := 1 + 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2]
		for k := range v {
			v[k] /= l
		}
	}
	return v
}

// steps of the table that encodes linear light; its spacing is even in the square root, where sRGB is nearly straight.
const steps = 4096

var encoded = sync.OnceValue(func() *[steps + 1]uint8 {
	var t [steps + 1]uint8
	for i := range t {
		x := float64(i) / steps
		t[i] = uint8(imageio.LinearToSRGB(x*x)*255 + 0.5)
	}
	return &t
})

func encode(t *[steps + 1]uint8, v float64) uint8 {
	if !(v > 0) {
		return 0
	}
	return t[int(math.Sqrt(min(v, 1))*steps+0.5)]
}

// Develop makes an 8-bit picture of a frame. cam is the camera of the frame.
func Develop(f *Frame, cam scene.Camera, s Style) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
	near, far, most := extremes(f)
	gain := math.Exp2(s.Exposure)
	table := encoded()
	back := linear(s.Background)
	light, dark := linear([3]float32{0.62, 0.62, 0.62}), linear([3]float32{0.48, 0.48, 0.48})
	rows(f.Height, func(y int) {
		for x := range f.Width {
			i := y*f.Width + x
			c := f.Color[4*i : 4*i+4]
			under := back
			if s.Checker {
				if under = dark; (x*8/max(1, f.Width/8)+y*8/max(1, f.Width/8))%2 == 0 {
					under = light
				}
			}
			a := float64(c[3])
			var v [3]float64
			switch s.Mode {
			case Shade, Slice:
				for k := range v {
					v[k] = (float64(c[k]) + (1-a)*under[k]) * gain
				}
				v = s.Curve.apply(v)
				for k := range v {
					out.Pix[4*i+k] = encode(table, v[k])
				}
				out.Pix[4*i+3] = 255
				continue
			case Depth:
				if d := float64(f.Depth[i]); d > 0 && a > 0.1 {
					v = turbo(1 - (d-near)/max(far-near, 1e-9))
				}
			case Normals:
				if f.Normals {
					v = [3]float64{float64(c[0]), float64(c[1]), float64(c[2])}
				} else if n, ok := normal(f, &cam, x, y); ok {
					v = [3]float64{0.5 + 0.5*float64(n[0]), 0.5 + 0.5*float64(n[1]), 0.5 + 0.5*float64(n[2])}
				}
			case Alpha:
				v = [3]float64{a, a, a}
			case Position:
				if p, ok := point(f, &cam, x, y); ok {
					for k := range v {
						q := float64(p[k])
						v[k] = q - math.Floor(q/1.0000001)
					}
				}
			case Cost:
				if f.Cost != nil {
					v = turbo(float64(f.Cost[i]) / max(most, 1e-9))
				}
			}
			for k := range v {
				out.Pix[4*i+k] = uint8(min(max(v[k], 0), 1)*255 + 0.5)
			}
			out.Pix[4*i+3] = 255
		}
	})
	return out
}

func linear(c [3]float32) (out [3]float64) {
	for k := range out {
		out[k] = imageio.SRGBToLinear(float64(c[k]))
	}
	return out
}

func extremes(f *Frame) (near, far, most float64) {
	near = math.Inf(1)
	for i, d := range f.Depth {
		if d > 0 && f.Color[4*i+3] > 0.1 {
			near, far = min(near, float64(d)), max(far, float64(d))
		}
	}
	for _, c := range f.Cost {
		most = max(most, float64(c))
	}
	return near, far, most
}

// point is the place seen in a pixel, ngp space.
func point(f *Frame, cam *scene.Camera, x, y int) (p mgl32.Vec3, ok bool) {
	if x < 0 || y < 0 || x >= f.Width || y >= f.Height {
		return p, false
	}
	i := y*f.Width + x
	if !(f.Depth[i] > 0) || f.Color[4*i+3] < 0.1 {
		return p, false
	}
	return Unproject(cam, float64(x)+0.5, float64(y)+0.5, f.Depth[i])
}

// Unproject is the point at a depth along the optical axis that is seen at a place of the picture.
func Unproject(cam *scene.Camera, x, y float64, depth float32) (p mgl32.Vec3, ok bool) {
	o, d, ok := cam.Ray(x, y)
	for k := range p {
		p[k] = float32(o[k] + d[k]*float64(depth))
	}
	return p, ok
}

// normal is the cross product of the differences to the nearer of the neighbours on each axis, so that edges stay sharp.
func normal(f *Frame, cam *scene.Camera, x, y int) (mgl32.Vec3, bool) {
	p, ok := point(f, cam, x, y)
	if !ok {
		return p, false
	}
	difference := func(dx, dy int) (mgl32.Vec3, bool) {
		a, aok := point(f, cam, x+dx, y+dy)
		b, bok := point(f, cam, x-dx, y-dy)
		u, v := a.Sub(p), p.Sub(b)
		if aok && (!bok || u.Len() <= v.Len()) {
			return u, true
		}
		return v, bok
	}
	u, uok := difference(1, 0)
	v, vok := difference(0, 1)
	n := v.Cross(u)
	if !uok || !vok || n.Len() == 0 {
		return n, false
	}
	return n.Normalize(), true
}

// turbo is a rainbow without false edges: a polynomial through the colours of Mikhailov's map (2019).
func turbo(t float64) [3]float64 {
	t = min(max(t, 0), 1)
	poly := func(c ...float64) (v float64) {
		for i := len(c) - 1; i >= 0; i-- {
			v = v*t + c[i]
		}
		return min(max(v, 0), 1)
	}
	return [3]float64{
		poly(0.13572138, 4.61539260, -42.66032258, 132.13108234, -152.94239396, 59.28637943),
		poly(0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604),
		poly(0.10667330, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973),
	}
}

// rows runs f for every row on all processors.
func rows(h int, f func(y int)) {
	workers := min(runtime.GOMAXPROCS(0), h)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for y := h * i / workers; y < h*(i+1)/workers; y++ {
				f(y)
			}
		}()
	}
	wg.Wait()
}

// Scale fills dst with src, bilinearly; the centre of a source pixel keeps its place.
func Scale(dst, src *image.RGBA) {
	w, h, sw, sh := dst.Bounds().Dx(), dst.Bounds().Dy(), src.Bounds().Dx(), src.Bounds().Dy()
	if w == sw && h == sh {
		copy(dst.Pix, src.Pix)
		return
	}
	type tap struct{ i, j, f int }
	taps := func(n, m int) []tap {
		t := make([]tap, n)
		for x := range t {
			p := min(max((float64(x)+0.5)*float64(m)/float64(n)-0.5, 0), float64(m-1))
			t[x] = tap{int(p), min(int(p)+1, m-1), int((p-math.Floor(p))*256 + 0.5)}
		}
		return t
	}
	cols, lines := taps(w, sw), taps(h, sh)
	rows(h, func(y int) {
		l := lines[y]
		a, b := src.Pix[l.i*src.Stride:], src.Pix[l.j*src.Stride:]
		out := dst.Pix[y*dst.Stride : y*dst.Stride+4*w]
		for x, c := range cols {
			for k := range 3 {
				top := int(a[4*c.i+k])*(256-c.f) + int(a[4*c.j+k])*c.f
				bottom := int(b[4*c.i+k])*(256-c.f) + int(b[4*c.j+k])*c.f
				out[4*x+k] = uint8((top*(256-l.f) + bottom*l.f + 1<<15) >> 16)
			}
			out[4*x+3] = 255
		}
	})
}

// Clear fills a picture with one sRGB-encoded colour.
func Clear(dst *image.RGBA, c [3]float32) {
	for i := 0; i < len(dst.Pix); i += 4 {
		for k := range 3 {
			dst.Pix[i+k] = uint8(min(max(c[k], 0), 1)*255 + 0.5)
		}
		dst.Pix[i+3] = 255
	}
}
