package field

import (
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// DeviceCamera is a camera as kernels read it. image is the first pixel of its picture in the buffer of all pictures,
// for training; 0 otherwise.
func DeviceCamera(c scene.Camera, image uint32) kernels.Camera {
	p := func(row, col int) float32 { return c.Pose.At(row, col) }
	k := c.Lens.Params
	return kernels.Camera{
		R00: p(0, 0), R01: p(0, 1), R02: p(0, 2), Tx: p(0, 3),
		R10: p(1, 0), R11: p(1, 1), R12: p(1, 2), Ty: p(1, 3),
		R20: p(2, 0), R21: p(2, 1), R22: p(2, 2), Tz: p(2, 3),
		Fx: c.Focal[0], Fy: c.Focal[1], Cx: c.Principal[0], Cy: c.Principal[1],
		Width: uint32(c.Width), Height: uint32(c.Height), Lens: uint32(c.Lens.Kind),
		K0: k[0], K1: k[1], K2: k[2], K3: k[3], K4: k[4], K5: k[5], K6: k[6],
		Image: image,
	}
}

// Cone is the growth of steps with distance: none inside the unit cube, 1/256 in larger scenes.
func Cone(aabbScale int) float64 {
	if aabbScale <= 1 {
		return 0
	}
	return 1.0 / 256
}

// TrainingBox is the box of edge scale about the centre of the unit cube, to which network inputs are relative.
func TrainingBox(scale int) (lo, hi [3]float32) {
	half := float32(scale) / 2
	for i := range lo {
		lo[i], hi[i] = 0.5-half, 0.5+half
	}
	return lo, hi
}
