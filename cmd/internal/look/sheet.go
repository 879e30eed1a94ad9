package look

import (
	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

// Backgrounds of fields that say none, sRGB-encoded: behind pictures and surfaces, and behind volumes.
var (
	Dark = [3]float32{0.11, 0.12, 0.14}
	Sky  = [3]float32{0.36, 0.45, 0.58}
)

// SheetCamera is a camera in front of the sheet of a picture (render.Image) that sees just all of it, a pixel of the picture in a
// pixel.
func SheetCamera(width, height int) scene.Camera {
	const distance = 1.2
	f := float32(distance * float64(max(width, height)))
	return scene.Camera{Width: width, Height: height, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5},
		Pose: mgl32.Mat3x4FromCols(mgl32.Vec3{1, 0, 0}, mgl32.Vec3{0, 1, 0}, mgl32.Vec3{0, 0, 1}, mgl32.Vec3{0.5, 0.5, 0.5 - distance})}
}
