package synth

import (
	"math"

	"github.com/radia-go/radia/scene"
)

// tileSide is the edge of a tile in pixels.
const tileSide = 8

// tiles are the objects that the rays of each tile of a picture can meet.
type tiles struct {
	columns int
	objects [][]*object
}

func (t *tiles) at(x, y int) []*object { return t.objects[y/tileSide*t.columns+x/tileSide] }

// inTiles finds for each tile the objects whose surrounding sphere meets the cone around the tile's rays. Through a pinhole without
// distortion that cone is the one around the rays of the corners: in the plane of the picture a cone of less than a right angle is a
// convex region. Other lenses get all objects everywhere.
func (s *Scene) inTiles(cam *scene.Camera) *tiles {
	t := &tiles{columns: (cam.Width + tileSide - 1) / tileSide}
	t.objects = make([][]*object, t.columns*((cam.Height+tileSide-1)/tileSide))
	tr := scene.DefaultTransform()
	for i := range t.objects {
		x, y := float64(i%t.columns*tileSide), float64(i/t.columns*tileSide)
		o, axis, ok := cam.Ray(x+tileSide/2, y+tileSide/2)
		if cam.Lens != (scene.Lens{}) || !ok {
			t.objects[i] = s.all
			continue
		}
		axis = vec(axis).norm()
		least := 1.0
		for k := range 4 {
			_, d, _ := cam.Ray(x+float64(k%2*tileSide), y+float64(k/2*tileSide))
			least = min(least, vec(axis).dot(vec(d).norm()))
		}
		const margin = 1e-6 // more than rounding makes of an angle
		half := math.Acos(least) + margin
		origin, axis := vec(tr.PointBack(o)), vec(tr.DirectionBack(axis)).norm()
		for _, object := range s.all {
			to := object.frame.at.sub(origin)
			far := to.len()
			if far <= object.radius || math.Acos(min(max(to.dot(axis)/far, -1), 1)) <= half+math.Asin(object.radius/far) {
				t.objects[i] = append(t.objects[i], object)
			}
		}
	}
	return t
}
