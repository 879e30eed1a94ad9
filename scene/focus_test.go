package scene

import (
	"testing"

	"github.com/go-gl/mathgl/mgl32"
)

func TestFocusPoint(t *testing.T) {
	want := mgl32.Vec3{0.3, 0.6, 0.4}
	var cameras []Camera
	for _, eye := range []mgl32.Vec3{{2, 0.5, 0.5}, {0.4, 0.7, 2}, {-1, 0.2, -1}, {0.5, 2, 0.1}} {
		cameras = append(cameras, Camera{Width: 1, Height: 1, Pose: LookAt(eye, want, mgl32.Vec3{0.1, 1, 0.2})})
	}
	if got := FocusPoint(cameras); got.Sub(want).Len() > 1e-5 {
		t.Errorf("focus %v, want %v", got, want)
	}
	parallel := []Camera{cameras[0], cameras[0]}
	ahead := cameras[0].Position().Add(cameras[0].Forward())
	if got := FocusPoint(parallel); got.Sub(ahead).Len() > 1e-5 {
		t.Errorf("parallel cameras focus at %v, want one unit ahead: %v", got, ahead)
	}
}
