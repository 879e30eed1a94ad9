package field

import (
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene/snapshot"
)

// Corrected is a pose moved by `move` and turned about its own position by `turn`, axis times angle in the world's frame:
// columns c → exp(turn)·c, position p → p + move. It is how the corrections of a snapshot's cameras are meant.
func Corrected(pose mgl32.Mat3x4, move, turn [3]float32) mgl32.Mat3x4 {
	axis := mgl32.Vec3(turn)
	angle := float32(math.Sqrt(float64(axis.Dot(axis))))
	out := pose
	for c := range 3 {
		if angle > 0 {
			out.SetCol(c, mgl32.QuatRotate(angle, axis.Mul(1/angle)).Rotate(pose.Col(c)))
		}
	}
	out.SetCol(3, pose.Col(3).Add(mgl32.Vec3(move)))
	return out
}

// correction is the motion and the turn that a snapshot stores for camera i; none where it has none.
func correction(n *snapshot.NeRF, i int) (move, turn [3]float32) {
	if i < len(n.CamPosOffset) && len(n.CamPosOffset[i].Variable) == 3 {
		move = [3]float32(n.CamPosOffset[i].Variable)
	}
	if i < len(n.CamRotOffset) && len(n.CamRotOffset[i].Variable) == 3 {
		turn = [3]float32(n.CamRotOffset[i].Variable)
	}
	return move, turn
}

// EndPoses are the poses of TrainingCameras at the end of each exposure, corrected like them.
func EndPoses(s *snapshot.Snapshot) []mgl32.Mat3x4 {
	if s.NeRF == nil {
		return nil
	}
	var out []mgl32.Mat3x4
	for i, m := range s.NeRF.Dataset.Images {
		move, turn := correction(s.NeRF, i)
		out = append(out, Corrected(pose(m.End), move, turn))
	}
	return out
}

// Motion is what takes one pose to another: a turn of at most half a circle about its own position, axis times angle in the
// world's frame, and a move. Corrected by a part of it is the pose on the way (spherical and linear interpolation).
func Motion(from, to mgl32.Mat3x4) (turn, move [3]float32) {
	axes := func(p mgl32.Mat3x4) mgl32.Mat3 { return mgl32.Mat3FromCols(p.Col(0), p.Col(1), p.Col(2)) }
	q := mgl32.Mat4ToQuat(axes(to).Mul3(axes(from).Transpose()).Mat4()).Normalize()
	if q.W < 0 {
		q = q.Scale(-1)
	}
	if l := q.V.Len(); l > 0 {
		turn = q.V.Mul(float32(2*math.Atan2(float64(l), float64(q.W))) / l)
	}
	return turn, to.Col(3).Sub(from.Col(3))
}
