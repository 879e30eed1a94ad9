package look

import (
	"testing"

	"github.com/go-gl/mathgl/mgl32"
)

func TestBoxes(t *testing.T) {
	cells := make([]bool, 128*128*128)
	cells[0], cells[7] = true, true
	b := Boxes(cells, 10)
	if len(b) != 2 || b[0].Lo != (mgl32.Vec3{}) || b[1].Lo != (mgl32.Vec3{1. / 128, 1. / 128, 1. / 128}) {
		t.Errorf("%v", b)
	}
	if b := Boxes(cells, 1); len(b) != 1 || b[0].Hi != (mgl32.Vec3{2. / 128, 2. / 128, 2. / 128}) {
		t.Errorf("merged: %v", b)
	}
	for i := range cells {
		cells[i] = true
	}
	if b := Boxes(cells, 100); len(b) != 64 {
		t.Errorf("a full grid: %d boxes", len(b))
	}
}
