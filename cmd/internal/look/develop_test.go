package look

import (
	"image"
	"math"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

func lookingAtPlane(w, h int) (*Frame, scene.Camera) {
	cam := scene.Camera{Width: w, Height: h, Focal: [2]float32{30, 30}, Principal: [2]float32{0.5, 0.5},
		Pose: scene.LookAt(mgl32.Vec3{0.5, 0.5, -1}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})}
	f := &Frame{}
	f.Resize(w, h, true)
	for i := range f.Depth { // the plane z = 0.25
		f.Depth[i] = 1.25
		copy(f.Color[4*i:], []float32{0.2, 0.4, 0.6, 1})
		f.Cost[i] = float32(i)
	}
	return f, cam
}

func at(m *image.RGBA, x, y int) [3]int {
	p := m.Pix[m.PixOffset(x, y):]
	return [3]int{int(p[0]), int(p[1]), int(p[2])}
}

func TestShadeEncodesAndExposes(t *testing.T) {
	f, cam := lookingAtPlane(8, 6)
	want := func(v float64) int { return int(imageio.LinearToSRGB(v)*255 + 0.5) }
	close := func(got, exp [3]int) bool { // the table's step is below half a byte
		for k := range got {
			if got[k] < exp[k]-1 || got[k] > exp[k]+1 {
				return false
			}
		}
		return true
	}
	if got := at(Develop(f, cam, Style{}), 3, 3); !close(got, [3]int{want(0.2), want(0.4), want(0.6)}) {
		t.Errorf("shade %v", got)
	}
	if got := at(Develop(f, cam, Style{Exposure: 1}), 3, 3); !close(got, [3]int{want(0.4), want(0.8), 255}) {
		t.Errorf("one stop more %v", got)
	}
	for i := range f.Color {
		f.Color[i] = 0
	}
	if got := at(Develop(f, cam, Style{Background: [3]float32{1, 0.5, 0}}), 3, 3); !close(got, [3]int{255, 128, 0}) {
		t.Errorf("background %v", got)
	}
}

func TestEncodeAgreesWithSRGB(t *testing.T) {
	table := encoded()
	for i := 0; i <= 2000; i++ {
		v := float64(i) / 2000
		if got, want := int(encode(table, v)), int(imageio.LinearToSRGB(v)*255+0.5); got < want-1 || got > want+1 {
			t.Fatalf("encode(%g) = %d, want %d", v, got, want)
		}
	}
	if encode(table, math.NaN()) != 0 || encode(table, -1) != 0 || encode(table, 1e30) != 255 {
		t.Error("values outside are not clamped")
	}
}

func TestGeometryModes(t *testing.T) {
	f, cam := lookingAtPlane(8, 6)
	if n, ok := normal(f, &cam, 3, 3); !ok || n.Sub(mgl32.Vec3{0, 0, -1}).Len() > 1e-4 {
		t.Errorf("the normal of a plane that is looked at is %v, not towards the eye", n)
	}
	p, ok := point(f, &cam, 2, 4)
	x, y, seen := cam.Project([3]float64{float64(p[0]), float64(p[1]), float64(p[2])})
	if !ok || !seen || math.Abs(x-2.5) > 1e-3 || math.Abs(y-4.5) > 1e-3 || math.Abs(float64(p[2]-0.25)) > 1e-5 {
		t.Errorf("pixel (2, 4) shows %v, which is seen at (%g, %g)", p, x, y)
	}
	seenColors := map[[3]int]Mode{}
	for m := Shade; m <= Cost; m++ {
		c := at(Develop(f, cam, Style{Mode: m}), 3, 3)
		if other, twice := seenColors[c]; twice {
			t.Errorf("modes %v and %v show the same %v", other, m, c)
		}
		seenColors[c] = m
		if back, err := ParseMode(m.String()); err != nil || back != m {
			t.Errorf("%v does not survive its name", m)
		}
	}
}

func TestScale(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 2, 1))
	copy(src.Pix, []byte{0, 100, 200, 255, 200, 100, 0, 255})
	dst := image.NewRGBA(image.Rect(0, 0, 8, 3))
	Scale(dst, src)
	last := -1
	for x := range 8 {
		c := at(dst, x, 1)
		if c[0] < last || c[1] != 100 || c[0]+c[2] < 199 || c[0]+c[2] > 201 {
			t.Errorf("column %d is %v", x, c)
		}
		last = c[0]
	}
	if at(dst, 0, 0) != [3]int{0, 100, 200} || at(dst, 7, 2) != [3]int{200, 100, 0} {
		t.Error("corners changed")
	}
}

func TestCurvesKeepBlackAndOrder(t *testing.T) {
	for c := Identity; c <= Reinhard; c++ {
		last := -1.0
		for i := 0; i <= 100; i++ {
			v := c.apply([3]float64{float64(i) / 25, float64(i) / 25, float64(i) / 25})[0]
			if v < last || math.IsNaN(v) || i == 0 && math.Abs(v) > 1e-6 {
				t.Fatalf("curve %v at %g: %g after %g", CurveNames()[c], float64(i)/25, v, last)
			}
			last = v
		}
	}
}
