package scene

import (
	"fmt"
	"math"

	"github.com/go-gl/mathgl/mgl32"
)

// CheckCameras reports a data set of which no camera sees anything of the scene's cube, so that there is nothing to learn,
// with the scale and offset that would bring what the cameras look at into its middle.
func (d *Dataset) CheckCameras() error {
	if d.blind(float64(d.AABBScale)) < len(d.Frames) {
		return nil
	}
	cameras := d.Cameras()
	lo, hi := extent(cameras)
	half := float32(d.AABBScale) / 2
	advice := d.placement(cameras)
	for edge := 2 * d.AABBScale; edge <= maxAABBScale; edge *= 2 {
		if d.blind(float64(edge)) == 0 {
			advice += fmt.Sprintf("; or \"aabb_scale\": %d for a cube that all of them see", edge)
			break
		}
	}
	return fmt.Errorf("%s: no camera sees anything of the scene's cube, so there is nothing to train on: it reaches from %.4g to %.4g on each axis, "+
		"the cameras stand between %.4g and %.4g and look at %.4g; set %s", d.Path, 0.5-half, 0.5+half, lo, hi, FocusPoint(cameras), advice)
}

// blind counts the cameras that see nothing of a cube of that edge about (0.5, 0.5, 0.5).
func (d *Dataset) blind(edge float64) (n int) {
	lo, hi := 0.5-edge/2, 0.5+edge/2
	for i := range d.Frames {
		f := &d.Frames[i]
		if d.HasRays(i) || f.Camera.seesCube(lo, hi) {
			continue
		}
		if f.PoseEnd != nil {
			end := f.Camera
			end.Pose = *f.PoseEnd
			if end.seesCube(lo, hi) {
				continue
			}
		}
		n++
	}
	return n
}

// Lattices of seesCube: of picture positions, and of points in the cube.
const (
	seenRays   = 16
	seenPoints = 8
)

// seesCube tells whether one of a lattice of rays meets the cube from lo to hi on each axis, or one of a lattice of its points
// lies in the picture (where the ray must meet the cube, since lenses project what they cannot see): a cube that is missed by both is at most a thin edge at the border of the picture.
func (c *Camera) seesCube(lo, hi float64) bool {
	w, h := float64(c.Width), float64(c.Height)
	meets := func(x, y float64) bool {
		o, v, ok := c.Ray(x, y)
		return ok && meetsCube(o, v, lo, hi)
	}
	if meets(w/2, h/2) {
		return true
	}
	for i := range seenRays + 1 {
		for j := range seenRays + 1 {
			if meets(w*float64(i)/seenRays, h*float64(j)/seenRays) {
				return true
			}
		}
	}
	at := func(i int) float64 { return lo + (hi-lo)*float64(i)/seenPoints }
	for i := range (seenPoints + 1) * (seenPoints + 1) * (seenPoints + 1) {
		p := Vec3{at(i % (seenPoints + 1)), at(i / (seenPoints + 1) % (seenPoints + 1)), at(i / (seenPoints + 1) / (seenPoints + 1))}
		if x, y, ok := c.Project(p); ok && x >= 0 && x <= w && y >= 0 && y <= h && meets(x, y) {
			return true
		}
	}
	return false
}

// meetsCube tells whether a ray meets the cube in front of its origin, by its span between the planes of each axis.
func meetsCube(o, d Vec3, lo, hi float64) bool {
	from, to := 0.0, math.Inf(1)
	for k := range o {
		if d[k] == 0 {
			if o[k] < lo || o[k] > hi {
				return false
			}
			continue
		}
		a, b := (lo-o[k])/d[k], (hi-o[k])/d[k]
		from, to = math.Max(from, math.Min(a, b)), math.Min(to, math.Max(a, b))
	}
	return from < to
}

func extent(cameras []Camera) (lo, hi mgl32.Vec3) {
	lo, hi = cameras[0].Position(), cameras[0].Position()
	for i := range cameras {
		for k, v := range cameras[i].Position() {
			lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
		}
	}
	return lo, hi
}

// placedDistance is the mean distance of cameras from the middle of the cube that placement aims at: NeRF-synthetic's, 4 units
// times the default scale. Cameras that look away from each other stand within the cube instead.
const (
	placedDistance = 1.33
	placedInside   = 0.25
)

// placement is the scale and offset that put what the cameras look at into the middle of the cube.
func (d *Dataset) placement(cameras []Camera) string {
	n := float32(len(cameras))
	focus, want := FocusPoint(cameras), float32(placedDistance)
	var ahead float32
	var mean mgl32.Vec3
	for i := range cameras {
		o := cameras[i].Position()
		ahead += focus.Sub(o).Dot(cameras[i].Forward())
		mean = mean.Add(o.Mul(1 / n))
	}
	if ahead <= 0 {
		focus, want = mean, placedInside
	}
	var distance float32
	for i := range cameras {
		distance += cameras[i].Position().Sub(focus).Len() / n
	}
	t := d.Transform
	middle := t.PointBack([3]float64{float64(focus[0]), float64(focus[1]), float64(focus[2])})
	scale := float64(t.Scale)
	if distance > 0 {
		scale *= float64(want / distance)
	}
	var offset [3]float64
	for k := range offset {
		offset[k] = 0.5 - scale*middle[k]
	}
	return fmt.Sprintf(`"scale": %.4g and "offset": [%.4g, %.4g, %.4g]`, scale, offset[0], offset[1], offset[2])
}
