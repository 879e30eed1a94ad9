package engine

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/synth"
)

// Analytic is the built-in procedural scene itself, traced exactly: the truth that a trained field is compared with.
type Analytic struct {
	scene *synth.Scene
	about About
}

var _ Engine = (*Analytic)(nil)

// NewAnalytic returns the procedural scene of a seed, seen from n cameras.
func NewAnalytic(seed int64, n, size int) *Analytic {
	a := &Analytic{scene: synth.New(seed)}
	a.about = About{
		Name: "procedural scene, exact", Kind: "analytic scene", Device: "this processor", Driver: runtime.GOARCH,
		Box: Box{Lo: mgl32.Vec3{0, 0, 0}, Hi: mgl32.Vec3{1, 1, 1}}, Center: mgl32.Vec3{0.5, 0.5, 0.5}, Up: mgl32.Vec3{0, 1, 0}, Background: [3]float32{1, 1, 1},
		Transform: scene.DefaultTransform(), Modes: []string{"depth", "normals", "position", "cost"},
	}
	for _, p := range synth.Poses(n, seed) {
		c := synth.Camera(p, size)
		a.about.Views = append(a.about.Views, TrainingView{Name: "view", Camera: c, Image: func() (*imageio.Image, error) { return a.scene.Render(c), nil }})
	}
	a.about.Home = a.about.Views[n/3].Camera
	return a
}

// About implements Engine.
func (a *Analytic) About() About { return a.about }

// Render implements Engine.
func (a *Analytic) Render(ctx context.Context, v View, f *Frame) error {
	c, tr := v.Camera, a.about.Transform
	f.Resize(c.Width, v.Region.Count, true)
	jx, jy := jitter(v.Sample)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for ctx.Err() == nil {
				y := int(next.Add(1)) - 1
				if y >= v.Region.Count {
					return
				}
				for x := range c.Width {
					i := y*c.Width + x
					px := f.Color[4*i : 4*i+4]
					px[0], px[1], px[2], px[3], f.Depth[i], f.Cost[i] = 0, 0, 0, 0, 0, 1
					o, d, ok := c.Ray(float64(x)+jx, float64(y+v.Region.First)+jy)
					if !ok {
						continue
					}
					o, d = throughLens(&v, o, d)
					color, t, ok := a.scene.Trace(tr.PointBack(o), tr.DirectionBack(d))
					t *= float64(tr.Scale)
					if !ok || t < float64(v.Near) || !holds(&v.Crop, o, d, t) {
						continue
					}
					px[0], px[1], px[2], px[3] = float32(color[0]), float32(color[1]), float32(color[2]), 1
					f.Depth[i] = float32(t)
				}
			}
		}()
	}
	wg.Wait()
	return ctx.Err()
}

// throughLens moves the origin over the lens so that the plane of focus stays sharp.
func throughLens(v *View, o, d [3]float64) ([3]float64, [3]float64) {
	if v.Aperture <= 0 {
		return o, d
	}
	x, y := Disk(v.Sample)
	for k := range 3 {
		shift := float64(v.Aperture) * (x*float64(v.Camera.Pose.At(k, 0)) + y*float64(v.Camera.Pose.At(k, 1)))
		d[k] -= shift / float64(v.Focus)
		o[k] += shift
	}
	return o, d
}

// holds reports whether the point at t along a ray is in the box; the empty box holds everything.
func holds(b *Box, o, d [3]float64, t float64) bool {
	if b.Lo == b.Hi {
		return true
	}
	for k := range 3 {
		if p := float32(o[k] + t*d[k]); p < b.Lo[k] || p > b.Hi[k] {
			return false
		}
	}
	return true
}

// jitter is the place of a sample in its pixel: the centre first, then the points of the R2 sequence (Roberts 2018).
func jitter(i int) (x, y float64) {
	const g1, g2 = 0.7548776662466927, 0.5698402909980532
	return frac(0.5 + g1*float64(i)), frac(0.5 + g2*float64(i))
}

// Disk is the place of a sample on the lens, in the unit disk, by concentric mapping (Shirley and Chiu 1997).
func Disk(i int) (x, y float64) {
	u, v := jitter(i + 7)
	u, v = 2*u-1, 2*v-1
	if u == 0 && v == 0 {
		return 0, 0
	}
	if u*u > v*v {
		s, c := math.Sincos(math.Pi / 4 * v / u)
		return u * c, u * s
	}
	s, c := math.Sincos(math.Pi/2 - math.Pi/4*u/v)
	return v * c, v * s
}

func frac(v float64) float64 { return v - float64(int(v)) }

// Train implements Engine.
func (a *Analytic) Train(context.Context, time.Duration) (Progress, error) {
	return Progress{}, ErrFixed
}

// Reset implements Engine.
func (a *Analytic) Reset() error { return ErrFixed }

// Save implements Engine.
func (a *Analytic) Save(string) error { return ErrFixed }

// Occupied implements Engine.
func (a *Analytic) Occupied(int) ([]Box, error) { return nil, nil }

// Close implements Engine.
func (a *Analytic) Close() error { return nil }
