// Package camera turns drags, keys and the wheel into a view: a turntable about a point, or flying.
package camera

import (
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene"
)

// View is a pose with its lens, in ngp space.
type View struct {
	Eye      mgl32.Vec3
	Turn     mgl32.Quat // camera axes (right, down, forward) to ngp space
	Distance float32    // from Eye to the point that orbiting turns about
	FOV      float32    // vertical, degrees
}

// Right, Down and Forward are the camera's axes.
func (v *View) Right() mgl32.Vec3   { return v.Turn.Rotate(mgl32.Vec3{1, 0, 0}) }
func (v *View) Down() mgl32.Vec3    { return v.Turn.Rotate(mgl32.Vec3{0, 1, 0}) }
func (v *View) Forward() mgl32.Vec3 { return v.Turn.Rotate(mgl32.Vec3{0, 0, 1}) }

// Center is the point that orbiting turns about.
func (v *View) Center() mgl32.Vec3 { return v.Eye.Add(v.Forward().Mul(v.Distance)) }

// Pose is the camera-to-world matrix.
func (v *View) Pose() mgl32.Mat3x4 {
	return mgl32.Mat3x4FromCols(v.Right(), v.Down(), v.Forward(), v.Eye)
}

// Camera is the perspective camera of the view for a picture of that size: f = height / (2 tan(fov/2)) pixels.
func (v *View) Camera(width, height int) scene.Camera {
	f := float32(float64(height) / (2 * math.Tan(float64(mgl32.DegToRad(v.FOV))/2)))
	return scene.Camera{Width: width, Height: height, Focal: [2]float32{f, f}, Principal: [2]float32{0.5, 0.5}, Pose: v.Pose()}
}

// FromPose is the view of a pose. Columns that are only nearly orthonormal, as files hold them, are made so.
func FromPose(p mgl32.Mat3x4, distance, fov float32) View {
	forward := p.Col(2).Normalize()
	right := p.Col(0).Sub(forward.Mul(p.Col(0).Dot(forward))).Normalize()
	down := forward.Cross(right)
	m := mgl32.Mat4FromCols(right.Vec4(0), down.Vec4(0), forward.Vec4(0), mgl32.Vec4{0, 0, 0, 1})
	return View{Eye: p.Col(3), Turn: mgl32.Mat4ToQuat(m).Normalize(), Distance: distance, FOV: fov}
}

// Limits of a view.
const (
	minDistance = 1e-3
	maxDistance = 1e3
	MinFOV      = 5
	MaxFOV      = 150
	// steepest is how near to the poles a turntable goes: the sine of its elevation.
	steepest = 0.999
)

// Control moves a view.
type Control struct {
	View
	Up    mgl32.Vec3
	Fly   bool    // drags turn the head instead of the turntable
	Speed float32 // of flying, ngp units a second

	home     View
	homeUp   mgl32.Vec3
	velocity mgl32.Vec3 // in camera axes
	from, to View
	moving   float64 // time left of the move to a view, seconds
}

// travel is the time that a move to another view takes, seconds.
const travel = 0.35

// New starts at a view, to which Reset returns.
func New(home View, up mgl32.Vec3) *Control {
	return &Control{View: home, Up: up.Normalize(), Speed: 0.5, home: home, homeUp: up.Normalize()}
}

// SetHome makes v the view to which Reset returns, and goes there at once.
func (c *Control) SetHome(v View, up mgl32.Vec3) {
	c.View, c.home, c.Up, c.homeUp, c.moving, c.velocity = v, v, up.Normalize(), up.Normalize(), 0, mgl32.Vec3{}
}

// turn rotates the camera by an angle about an axis of the world, and its eye about the given point.
func (c *Control) turn(angle float32, axis, about mgl32.Vec3) {
	q := mgl32.QuatRotate(angle, axis)
	c.Eye = about.Add(q.Rotate(c.Eye.Sub(about)))
	c.Turn = q.Mul(c.Turn).Normalize()
}

// rotate turns about up and the camera's right axis, stopping before the poles.
func (c *Control) rotate(yaw, pitch float32, about mgl32.Vec3) {
	c.moving = 0
	c.turn(yaw, c.Up, about)
	right := c.Right()
	q := mgl32.QuatRotate(pitch, right)
	next, now := float64(q.Rotate(c.Forward()).Dot(c.Up)), float64(c.Forward().Dot(c.Up))
	if math.Abs(next) < steepest || math.Abs(next) < math.Abs(now) {
		c.turn(pitch, right, about)
	}
}

// Drag turns the turntable, or the head when flying, by a drag in fractions of the picture's height.
func (c *Control) Drag(dx, dy float32) {
	if c.Fly {
		fov := mgl32.DegToRad(c.FOV)
		c.rotate(dx*fov, -dy*fov, c.Eye)
		return
	}
	const half = math.Pi // a drag over the height turns half around
	c.rotate(-dx*half, -dy*half, c.Center())
}

// Pan moves along the picture so that a point at the given depth follows the pointer.
func (c *Control) Pan(dx, dy, depth float32) {
	c.moving = 0
	k := 2 * depth * float32(math.Tan(float64(mgl32.DegToRad(c.FOV))/2))
	c.Eye = c.Eye.Sub(c.Right().Mul(dx * k)).Sub(c.Down().Mul(dy * k))
}

// Zoom comes nearer to the center by a factor of 1.1 a step, or changes the speed of flying.
func (c *Control) Zoom(steps float64) {
	k := float32(math.Pow(1.1, steps))
	if c.Fly {
		c.Speed = mgl32.Clamp(c.Speed*k, 1e-3, 100)
		return
	}
	c.moving = 0
	center := c.Center()
	c.Distance = mgl32.Clamp(c.Distance/k, minDistance, maxDistance)
	c.Eye = center.Sub(c.Forward().Mul(c.Distance))
}

// ZoomAt is Zoom towards a point, which stays where it is in the picture: eye and center scale about it.
func (c *Control) ZoomAt(steps float64, p mgl32.Vec3) {
	if c.Fly {
		c.Zoom(steps)
		return
	}
	c.moving = 0
	d := mgl32.Clamp(c.Distance/float32(math.Pow(1.1, steps)), minDistance, maxDistance)
	c.Eye = p.Add(c.Eye.Sub(p).Mul(d / c.Distance))
	c.Distance = d
}

// Roll turns the picture about the viewing direction, and the turntable's axis with it.
func (c *Control) Roll(angle float32) {
	c.moving = 0
	forward := c.Forward()
	c.turn(angle, forward, c.Eye)
	c.Up = mgl32.QuatRotate(angle, forward).Rotate(c.Up).Normalize()
}

// SetFOV changes the field of view in degrees.
func (c *Control) SetFOV(fov float32) { c.FOV = mgl32.Clamp(fov, MinFOV, MaxFOV) }

// Thrust tells the direction of flight in the camera's axes; each component is -1, 0 or 1.
func (c *Control) Thrust(right, down, forward float32) {
	c.velocity = mgl32.Vec3{right, down, forward}
}

// GoTo moves to a view within a moment.
func (c *Control) GoTo(v View) {
	c.from, c.to, c.moving = c.View, v, travel
}

// Focus turns towards a point and makes it the center.
func (c *Control) Focus(p mgl32.Vec3) {
	d := p.Sub(c.Eye)
	if d.Len() < minDistance {
		return
	}
	v := c.View
	v.Distance = d.Len()
	v.Turn = mgl32.QuatBetweenVectors(c.Forward(), d.Normalize()).Mul(c.Turn).Normalize()
	// The shortest turn tilts the horizon; level it again unless the view is along the axis.
	if f := v.Forward(); math.Abs(float64(f.Dot(c.Up))) < steepest {
		v = FromPose(scene.LookAt(c.Eye, p, c.Up), v.Distance, v.FOV)
	}
	c.GoTo(v)
}

// Reset returns to the first view.
func (c *Control) Reset() {
	c.Up = c.homeUp
	c.GoTo(c.home)
}

// Advance moves on by a time in seconds and reports whether the view changed.
func (c *Control) Advance(dt float64) bool {
	changed := false
	if c.moving > 0 {
		c.moving = max(0, c.moving-dt)
		t := float32(1 - c.moving/travel)
		t = t * t * (3 - 2*t)
		c.View = mix(c.from, c.to, t)
		changed = true
	}
	if c.velocity != (mgl32.Vec3{}) {
		c.moving = 0
		step := c.Turn.Rotate(c.velocity.Normalize()).Mul(c.Speed * float32(dt))
		c.Eye = c.Eye.Add(step)
		changed = true
	}
	return changed
}

// Moving reports whether Advance will change the view.
func (c *Control) Moving() bool { return c.moving > 0 || c.velocity != (mgl32.Vec3{}) }

func mix(a, b View, t float32) View {
	if t >= 1 {
		return b
	}
	if a.Turn.Dot(b.Turn) < 0 {
		b.Turn = b.Turn.Scale(-1)
	}
	lerp := func(x, y float32) float32 { return x + (y-x)*t }
	return View{
		Eye:      a.Eye.Add(b.Eye.Sub(a.Eye).Mul(t)),
		Turn:     mgl32.QuatNlerp(a.Turn, b.Turn, t),
		Distance: lerp(a.Distance, b.Distance),
		FOV:      lerp(a.FOV, b.FOV),
	}
}

// SetView goes to a view at once.
func (c *Control) SetView(v View) { c.View, c.moving = v, 0 }
