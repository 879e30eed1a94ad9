package engine

import (
	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/scene"
)

// sheetHome is a camera in front of the sheet of a picture (render.Image) that sees just all of it, a pixel of the picture in a
// pixel.
func sheetHome(m *field.Image) scene.Camera {
	const distance = 1.2
	f := float32(distance * float64(max(m.Width, m.Height)))
	return scene.Camera{Width: m.Width, Height: m.Height, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5},
		Pose: mgl32.Mat3x4FromCols(mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{0.5, 0.5, 0.5 - distance})}
}
