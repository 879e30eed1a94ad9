package app

import (
	"context"
	"image/color"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/ui"
	"github.com/radia-go/radia/scene"
)

// Colours of the lines drawn into the scene.
var (
	frustumColor = color.RGBA{255, 190, 60, 170}
	chosenColor  = color.RGBA{80, 255, 120, 255}
	boxColor     = color.RGBA{60, 130, 235, 110}
	cropColor    = color.RGBA{255, 90, 90, 230}
	pathColor    = color.RGBA{255, 110, 220, 230}
)

// mostBoxes is how many boxes of the occupancy grid are drawn.
const mostBoxes = 1500

// drawScene draws lines of the scene over the picture.
func (a *App) drawScene() {
	cam := a.cam.Camera(a.width, a.height)
	views := a.status.About.Views
	if a.view.frusta {
		for i := range views {
			c := frustumColor
			if i == a.view.index {
				c = chosenColor
			}
			a.frustum(&cam, &views[i].Camera, 0.06, c)
		}
	}
	if a.view.grid {
		a.askBoxes()
		for _, b := range a.boxes {
			a.box(&cam, b, boxColor)
		}
	}
	if a.view.crop {
		var b engine.Box
		for k := range 3 {
			b.Lo[k], b.Hi[k] = float32(a.view.cropLo[k]), float32(a.view.cropHi[k])
		}
		a.box(&cam, b, cropColor)
	}
	a.drawPath(&cam)
}

// askBoxes lists the occupied boxes once; training and time make them stale.
func (a *App) askBoxes() {
	if a.asked {
		return
	}
	a.asked = true
	a.worker.Do("", func(_ context.Context, e engine.Engine, _ func(float64)) error {
		b, err := e.Occupied(mostBoxes)
		if err == nil {
			a.newBoxes.Store(&b)
		}
		return err
	})
}

// line draws a line of the scene, cut where it comes too near to the eye.
func (a *App) line(cam *scene.Camera, p, q mgl32.Vec3, c color.RGBA) {
	const near = 1e-3
	eye, forward := a.cam.Eye, a.cam.Forward()
	dp, dq := p.Sub(eye).Dot(forward), q.Sub(eye).Dot(forward)
	if dp < near && dq < near {
		return
	}
	if dp < near {
		p = p.Add(q.Sub(p).Mul((near - dp) / (dq - dp)))
	} else if dq < near {
		q = q.Add(p.Sub(q).Mul((near - dq) / (dp - dq)))
	}
	x0, y0, ok0 := project(cam, p)
	x1, y1, ok1 := project(cam, q)
	if ok0 && ok1 {
		ui.Line(a.canvas, x0, y0, x1, y1, c)
	}
}

func project(cam *scene.Camera, p mgl32.Vec3) (x, y float64, ok bool) {
	return cam.Project([3]float64{float64(p[0]), float64(p[1]), float64(p[2])})
}

// frustum draws a camera as a pyramid of the given depth.
func (a *App) frustum(cam, c *scene.Camera, depth float32, col color.RGBA) {
	var corner [4]mgl32.Vec3
	w, h := float64(c.Width), float64(c.Height)
	for i, at := range [4][2]float64{{0, 0}, {w, 0}, {w, h}, {0, h}} {
		o, d, _ := c.Ray(at[0], at[1])
		for k := range 3 {
			corner[i][k] = float32(o[k]) + depth*float32(d[k])
		}
	}
	for i := range corner {
		a.line(cam, c.Position(), corner[i], col)
		a.line(cam, corner[i], corner[(i+1)%4], col)
	}
	// A tick shows which way is up.
	top := corner[0].Add(corner[1]).Mul(0.5)
	a.line(cam, top, top.Add(top.Sub(corner[2].Add(corner[3]).Mul(0.5)).Mul(0.2)), col)
}

func (a *App) box(cam *scene.Camera, b engine.Box, c color.RGBA) {
	corner := func(i int) (p mgl32.Vec3) {
		for k := range 3 {
			if p[k] = b.Lo[k]; i>>k&1 == 1 {
				p[k] = b.Hi[k]
			}
		}
		return p
	}
	for i := range 8 {
		for k := range 3 {
			if i>>k&1 == 0 {
				a.line(cam, corner(i), corner(i|1<<k), c)
			}
		}
	}
}
