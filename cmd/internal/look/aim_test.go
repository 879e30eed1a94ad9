package look

import (
	"testing"

	"github.com/go-gl/mathgl/mgl32"
)

// TestAimAgain: the eye, what it looks at and the roll of any pose make that pose again.
func TestAimAgain(t *testing.T) {
	up := mgl32.Vec3{0, 1, 0}
	for _, at := range []mgl32.Vec3{{0.5, 0.5, 0.5}, {0.1, 0.2, 2}, {1.5, 5, 0.25}, {1.5, -3, 0.25}} { // the last two along up
		for _, roll := range []float32{0, 30, -120, 179} {
			eye := mgl32.Vec3{1.5, 0.7, 0.25}
			p := Aim(eye, at, up, roll)
			if d := p.Col(2).Sub(at.Sub(eye).Normalize()).Len(); d > 1e-6 {
				t.Errorf("looking at %v goes %v aside", at, d)
			}
			if det := p.Col(0).Cross(p.Col(1)).Dot(p.Col(2)); det < 0.999 {
				t.Errorf("a pose of determinant %v", det)
			}
			if got := Roll(p, up); mgl32.Abs(got-roll) > 0.01 { // an arc of float32 vectors: 1e-6 radians and the tangent near 180
				t.Errorf("looking at %v with roll %v gives %v", at, roll, got)
			}
		}
	}
}
