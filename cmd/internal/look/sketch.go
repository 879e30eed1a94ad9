package look

import (
	"image"
	"image/color"
	"math"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/paint"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// Colours of the lines drawn into the scene.
var (
	frustumColor = color.RGBA{255, 176, 46, 190}
	chosenColor  = color.RGBA{80, 230, 130, 255}
	boxColor     = color.RGBA{70, 140, 240, 200}
	cropColor    = color.RGBA{255, 90, 90, 230}
	pathColor    = color.RGBA{255, 110, 220, 230}
)

// MostBoxes is how many boxes of the occupancy grid are drawn.
const MostBoxes = 40000

// frustumDepth is the length of the pyramids that stand for cameras, in units of the scene's cube.
const frustumDepth = 0.06

// Box is an axis-aligned box in ngp space.
type Box struct{ Lo, Hi mgl32.Vec3 }

// Cells are the cells of a stored grid's first cascade through which rays march: those above 0.01, or above the mean where that is
// less (kernels.OccupancyBits).
func Cells(grid []float32) []bool {
	n := min(len(grid), kernels.GridCells)
	mean := 0.0
	for _, v := range grid[:n] {
		mean += float64(max(v, 0))
	}
	least := float32(min(0.01, mean/float64(max(n, 1))))
	out := make([]bool, n)
	for i, v := range grid[:n] {
		out[i] = v > least
	}
	return out
}

// Boxes groups the cells of one cascade, in Morton order, to cubes: as small as keeps their number within most.
func Boxes(cells []bool, most int) []Box {
	for edge := 1; ; edge *= 2 {
		var out []Box
		size := edge * edge * edge // a cube's cells follow one another
		for first := 0; first < len(cells) && len(out) <= most; first += size {
			for _, c := range cells[first:min(first+size, len(cells))] {
				if c {
					x, y, z := kernels.Unmorton3(uint32(first))
					lo := mgl32.Vec3{float32(x), float32(y), float32(z)}.Mul(1.0 / kernels.GridEdge)
					e := float32(edge) / kernels.GridEdge
					out = append(out, Box{lo, lo.Add(mgl32.Vec3{e, e, e})})
					break
				}
			}
		}
		if len(out) <= most || edge >= kernels.GridEdge {
			return out
		}
	}
}

// Sketch draws lines of the scene over a picture.
type Sketch struct {
	dst          *image.RGBA
	camera       scene.Camera // of the picture
	eye, forward mgl32.Vec3
}

// NewSketch draws into dst as the camera sees.
func NewSketch(dst *image.RGBA, camera scene.Camera) *Sketch {
	return &Sketch{dst, camera, camera.Position(), camera.Forward().Normalize()}
}

// line draws a line of the scene, cut where it comes too near to the eye.
func (s *Sketch) line(p, q mgl32.Vec3, c color.RGBA) {
	const near = 1e-3
	dp, dq := p.Sub(s.eye).Dot(s.forward), q.Sub(s.eye).Dot(s.forward)
	if dp < near && dq < near {
		return
	}
	if dp < near {
		p = p.Add(q.Sub(p).Mul((near - dp) / (dq - dp)))
	} else if dq < near {
		q = q.Add(p.Sub(q).Mul((near - dq) / (dp - dq)))
	}
	x0, y0, ok0 := project(&s.camera, p)
	x1, y1, ok1 := project(&s.camera, q)
	if ok0 && ok1 {
		paint.Line(s.dst, x0, y0, x1, y1, c)
	}
}

func project(cam *scene.Camera, p mgl32.Vec3) (x, y float64, ok bool) {
	return cam.Project([3]float64{float64(p[0]), float64(p[1]), float64(p[2])})
}

// View draws the camera of a picture of the data.
func (s *Sketch) View(c *scene.Camera, chosen bool) {
	if chosen {
		s.frustum(c, frustumDepth, chosenColor)
		return
	}
	s.frustum(c, frustumDepth, frustumColor)
}

// frustum draws a camera as a pyramid of the given depth; not the one that is looked through, whose lines would be the picture's
// edges.
func (s *Sketch) frustum(c *scene.Camera, depth float32, col color.RGBA) {
	if c.Position().Sub(s.eye).Len() < depth/4 {
		return
	}
	var corner [4]mgl32.Vec3
	w, h := float64(c.Width), float64(c.Height)
	for i, at := range [4][2]float64{{0, 0}, {w, 0}, {w, h}, {0, h}} {
		o, d, _ := c.Ray(at[0], at[1])
		for k := range 3 {
			corner[i][k] = float32(o[k]) + depth*float32(d[k])
		}
	}
	for i := range corner {
		s.line(c.Position(), corner[i], col)
		s.line(corner[i], corner[(i+1)%4], col)
	}
	// A roof shows which way is up.
	top, side := corner[0].Add(corner[1]).Mul(0.5), corner[1].Sub(corner[0]).Mul(0.15)
	peak := top.Add(top.Sub(corner[2].Add(corner[3]).Mul(0.5)).Mul(0.2))
	s.line(top.Sub(side), peak, col)
	s.line(top.Add(side), peak, col)
}

// Crop draws the crop box.
func (s *Sketch) Crop(b Box) {
	for i := range 8 {
		for k := range 3 {
			if i>>k&1 == 0 {
				s.line(b.corner(i), b.corner(i|1<<k), cropColor)
			}
		}
	}
}

// corner i of a box is the upper one on the axes whose bits are set.
func (b *Box) corner(i int) (p mgl32.Vec3) {
	for k := range 3 {
		if p[k] = b.Lo[k]; i>>k&1 == 1 {
			p[k] = b.Hi[k]
		}
	}
	return p
}

// Occupied draws boxes of one size, as Boxes makes them: the faces that look at the eye and have no neighbour, so that a solid shows
// its outside only; farther ones fainter.
func (s *Sketch) Occupied(boxes []Box) {
	if len(boxes) == 0 {
		return
	}
	edge := boxes[0].Hi[0] - boxes[0].Lo[0]
	place := func(p mgl32.Vec3) (c [3]int32) {
		for k := range c {
			c[k] = int32(math.Round(float64(p[k] / edge)))
		}
		return c
	}
	filled := make(map[[3]int32]bool, len(boxes))
	near, far := float32(math.Inf(1)), float32(0)
	for i := range boxes {
		filled[place(boxes[i].Lo)] = true
		d := boxes[i].Lo.Sub(s.eye).Len()
		near, far = min(near, d), max(far, d)
	}
	drawn := map[[2][3]int32]bool{}
	for i := range boxes {
		b := &boxes[i]
		cell := place(b.Lo)
		fade := (b.Lo.Sub(s.eye).Len() - near) / max(far-near, edge)
		col := boxColor
		col.A = uint8(float32(col.A) * (1 - 0.8*fade))
		for axis := range 3 {
			for side := range 2 {
				next := cell
				next[axis] += int32(2*side - 1)
				plane := b.Lo[axis]
				if side == 1 {
					plane = b.Hi[axis]
				}
				if facing := (s.eye[axis] > plane) == (side == 1); !facing || filled[next] {
					continue
				}
				u, v := (axis+1)%3, (axis+2)%3
				for e, at := range [4]int{side << axis, side<<axis | 1<<v, side << axis, side<<axis | 1<<u} {
					to := at | 1<<u
					if e >= 2 {
						to = at | 1<<v
					}
					p, q := b.corner(at), b.corner(to)
					if key := [2][3]int32{place(p), place(q)}; !drawn[key] {
						drawn[key] = true
						s.line(p, q, col)
					}
				}
			}
		}
	}
}

// Path draws a line through points, and the cameras of its keys.
func (s *Sketch) Path(points []mgl32.Vec3, keys []scene.Camera, chosen int) {
	for i := 1; i < len(points); i++ {
		s.line(points[i-1], points[i], pathColor)
	}
	for i := range keys {
		col := pathColor
		if i == chosen {
			col = chosenColor
		}
		s.frustum(&keys[i], 0.08, col)
	}
}
