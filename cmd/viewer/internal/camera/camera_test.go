package camera

import (
	"math"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

// near is far above the rounding of a few float32 rotations (about 1e-6) and far below any step of a control.
const near = 2e-5

func start() *Control {
	return New(FromPose(scene.LookAt(mgl32.Vec3{1.5, 1, -0.4}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0}), 1.4, 50), mgl32.Vec3{0, 1, 0})
}

func apart(a, b mgl32.Vec3) float64 { return float64(a.Sub(b).Len()) }

func project(t *testing.T, c *Control, p mgl32.Vec3) (float64, float64) {
	t.Helper()
	cam := c.Camera(400, 300)
	x, y, ok := cam.Project([3]float64{float64(p[0]), float64(p[1]), float64(p[2])})
	if !ok {
		t.Fatalf("%v is not seen", p)
	}
	return x, y
}

func TestPoseSurvivesTheQuaternion(t *testing.T) {
	p := scene.LookAt(mgl32.Vec3{1.5, 1, -0.4}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})
	v := FromPose(p, 1, 50)
	q := v.Pose()
	for i := range p {
		if math.Abs(float64(p[i]-q[i])) > near {
			t.Fatalf("pose %v became %v", p, q)
		}
	}
}

func TestOrbitKeepsTheCenter(t *testing.T) {
	c := start()
	center, eye := c.Center(), c.Eye
	for range 50 {
		c.Drag(0.03, 0.02)
	}
	if d := apart(center, c.Center()); d > 50*near {
		t.Errorf("the center moved by %g", d)
	}
	if apart(eye, c.Eye) < 0.1 {
		t.Error("the eye did not move")
	}
	if h := c.Right().Dot(c.Up); math.Abs(float64(h)) > 50*near {
		t.Errorf("the horizon tilts by %g", h)
	}
}

func TestOrbitStopsAtThePole(t *testing.T) {
	c := start()
	for range 200 {
		c.Drag(0, 0.05)
	}
	if s := math.Abs(float64(c.Forward().Dot(c.Up))); s > steepest || s < 0.9 {
		t.Errorf("the view ends at a sine of %g", s)
	}
	before := c.Eye
	c.Drag(0, -0.05)
	if apart(before, c.Eye) < 1e-3 {
		t.Error("there is no way back from the pole")
	}
}

func TestFlyingTurnsInPlace(t *testing.T) {
	c := start()
	c.Fly = true
	eye, forward := c.Eye, c.Forward()
	c.Drag(0.1, 0.05)
	if apart(eye, c.Eye) > near || apart(forward, c.Forward()) < 0.01 {
		t.Errorf("eye %v to %v, forward %v to %v", eye, c.Eye, forward, c.Forward())
	}
}

func TestPanFollowsThePointer(t *testing.T) {
	c := start()
	p := c.Center().Add(c.Forward().Mul(0.3)).Add(c.Right().Mul(0.1))
	depth := p.Sub(c.Eye).Dot(c.Forward())
	x0, y0 := project(t, c, p)
	c.Pan(30.0/300, -20.0/300, depth)
	x1, y1 := project(t, c, p)
	if math.Abs(x1-x0-30) > 0.01 || math.Abs(y1-y0+20) > 0.01 {
		t.Errorf("the point moved by (%g, %g), the pointer by (30, -20)", x1-x0, y1-y0)
	}
}

func TestFocusCentersThePoint(t *testing.T) {
	c := start()
	p := mgl32.Vec3{0.3, 0.7, 0.4}
	c.Focus(p)
	for i := 0; c.Moving() && i < 100; i++ {
		c.Advance(0.02)
	}
	x, y := project(t, c, p)
	if c.Moving() || math.Hypot(x-200, y-150) > 0.05 || apart(c.Center(), p) > 1e-4 {
		t.Errorf("the point is seen at (%g, %g), the center is %v", x, y, c.Center())
	}
}

func TestZoomAndReset(t *testing.T) {
	c := start()
	home, center, d := c.View, c.Center(), c.Distance
	c.Zoom(2)
	if math.Abs(float64(c.Distance*1.21-d)) > near || apart(center, c.Center()) > near {
		t.Errorf("distance %g became %g about %v", d, c.Distance, c.Center())
	}
	c.Roll(0.3)
	if math.Abs(float64(c.Right().Dot(mgl32.Vec3{0, 1, 0}))) < 0.1 {
		t.Error("rolling did not tilt the picture")
	}
	c.Reset()
	c.Advance(1)
	if c.View != home || c.Up != (mgl32.Vec3{0, 1, 0}) {
		t.Errorf("reset leads to %+v, not %+v", c.View, home)
	}
}

func TestFlightHasTheSpeed(t *testing.T) {
	c := start()
	c.Speed = 2
	eye := c.Eye
	c.Thrust(0, 0, 1)
	for range 10 {
		c.Advance(0.05)
	}
	c.Thrust(0, 0, 0)
	if d := apart(eye.Add(c.Forward()), c.Eye); d > 10*near {
		t.Errorf("half a second at speed 2 misses its end by %g", d)
	}
	if c.Advance(0.1) {
		t.Error("flight goes on without thrust")
	}
}

func TestZoomKeepsThePointUnderThePointer(t *testing.T) {
	c := start()
	p := c.Center().Add(c.Forward().Mul(0.3)).Add(c.Right().Mul(0.2))
	x0, y0 := project(t, c, p)
	distance, away := c.Distance, apart(c.Eye, p)
	c.ZoomAt(2, p)
	x1, y1 := project(t, c, p)
	if math.Hypot(x1-x0, y1-y0) > 0.01 {
		t.Errorf("the point moved from (%g, %g) to (%g, %g)", x0, y0, x1, y1)
	}
	if math.Abs(float64(c.Distance*1.21-distance)) > near || math.Abs(float64(apart(c.Eye, p)*1.21-away)) > near {
		t.Errorf("distance %g became %g, the point's %g %g", distance, c.Distance, away, apart(c.Eye, p))
	}
}
