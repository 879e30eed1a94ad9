package engine

import (
	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
)

// plane shows the field of a picture as a sheet in space: in the plane z = 1/2, its longer edge of length 1 and its middle
// in the middle of the unit cube, x to the right and y down.
type plane struct {
	image *field.Image
	box   [2][3]float32
}

// edges are the lengths of the sheet's edges.
func (p *plane) edges() (w, h float64) {
	w, h = float64(p.image.Width), float64(p.image.Height)
	longest := max(w, h)
	return w / longest, h / longest
}

// home is a camera in front of the sheet that sees just all of it, a pixel of the picture in a pixel.
func (p *plane) home() scene.Camera {
	const distance = 1.2
	_, h := p.edges()
	f := float32(distance * float64(p.image.Height) / h)
	return scene.Camera{Width: p.image.Width, Height: p.image.Height, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5},
		Pose: mgl32.Mat3x4FromCols(mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{0.5, 0.5, 0.5 - distance})}
}

func (p *plane) SetBox(b [2][3]float32) { p.box = b }

// Release does nothing: a sheet takes no memory on the device.
func (p *plane) Release() {}

// Render implements renderer: where the ray of a pixel meets the sheet, the field is evaluated.
func (p *plane) Render(v render.View) (*render.Frame, error) {
	c := &v.Camera
	n := c.Width * c.Height
	out := &render.Frame{Width: c.Width, Height: c.Height, Color: make([]float32, 4*n), Depth: make([]float32, n), Cost: make([]float32, n)}
	w, h := p.edges()
	jx, jy := jitter(v.First)
	lens := View{Camera: v.Camera, Sample: v.First, Aperture: v.Aperture, Focus: v.Focus}
	pixels := make([]int, 0, n)
	places := make([][2]float32, 0, n)
	for i := range n {
		out.Depth[i] = render.NoDepth
		o, d, ok := c.Ray(float64(i%c.Width)+jx, float64(i/c.Width)+jy)
		if !ok {
			continue
		}
		o, d = throughLens(&lens, o, d)
		t := (0.5 - o[2]) / d[2]
		if !(t > 0) || t < float64(v.NearDistance) || t >= render.NoDepth {
			continue
		}
		x, y := o[0]+t*d[0], o[1]+t*d[1]
		u, s := (x-0.5)/w+0.5, (y-0.5)/h+0.5
		if u < 0 || u > 1 || s < 0 || s > 1 || float32(x) < p.box[0][0] || float32(x) > p.box[1][0] || float32(y) < p.box[0][1] || float32(y) > p.box[1][1] {
			continue
		}
		out.Depth[i] = float32(t)
		pixels, places = append(pixels, i), append(places, [2]float32{float32(u), float32(s)})
	}
	out.Rays, out.Samples = int64(n), int64(len(pixels))
	if len(pixels) == 0 {
		return out, nil
	}
	err := p.image.EvaluateLevels(v.Levels, len(pixels), func(i int, q []float32) { copy(q, places[i][:]) }, func(i int, value []float32) {
		px := out.Color[4*pixels[i]:]
		for k := range 3 {
			px[k] = min(max(value[k], 0), 1)
		}
		px[3] = 1
		out.Cost[pixels[i]] = 1
	})
	return out, err
}
