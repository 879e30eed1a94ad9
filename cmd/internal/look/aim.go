package look

import (
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

// Aim is the pose of a camera at eye that looks at a point, with up upward on the picture, then turned by roll degrees about the
// viewing direction. Looking along up, another axis of the scene takes its place.
func Aim(eye, at, up mgl32.Vec3, roll float32) mgl32.Mat3x4 {
	p := scene.LookAt(eye, at, sideways(at.Sub(eye), up))
	q := mgl32.QuatRotate(mgl32.DegToRad(roll), p.Col(2))
	return mgl32.Mat3x4FromCols(q.Rotate(p.Col(0)), q.Rotate(p.Col(1)), p.Col(2), eye)
}

// Roll is the angle of Aim that makes a pose, degrees.
func Roll(pose mgl32.Mat3x4, up mgl32.Vec3) float32 {
	level := scene.LookAt(pose.Col(3), pose.Col(3).Add(pose.Col(2)), sideways(pose.Col(2), up))
	right := pose.Col(0)
	return mgl32.RadToDeg(float32(math.Atan2(float64(right.Dot(level.Col(1))), float64(right.Dot(level.Col(0))))))
}

// sideways is up, or where a direction is nearly along that the axis that is least along it.
func sideways(d, up mgl32.Vec3) mgl32.Vec3 {
	d, up = d.Normalize(), up.Normalize()
	if d.Cross(up).Len() > 1e-3 {
		return up
	}
	least := 0
	for k := range d {
		if mgl32.Abs(d[k]) < mgl32.Abs(d[least]) {
			least = k
		}
	}
	var axis mgl32.Vec3
	axis[least] = 1
	return axis
}
