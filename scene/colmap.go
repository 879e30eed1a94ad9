package scene

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene/colmap"
)

// The scene of a COLMAP model gets the placement of instant-ngp's converter: the point that the cameras look at becomes the
// origin, the mean of their upward axes becomes z, and their mean distance from the origin 4.
const colmapDistance = 4

// The cube of a COLMAP scene holds this share of its points; what lies farther out is background that a larger cube would buy
// with resolution. Without points it is colmapAABB, as large as it may become.
const (
	colmapInside = 0.9
	colmapAABB   = 32
)

// colmapModel is a sparse model as a source of frames.
type colmapModel struct {
	*colmap.Scene
	pictures string // the folder of the pictures
}

// findColmap looks for a sparse model where COLMAP, nerfstudio and Mip-NeRF 360 put it: the folder itself, sparse, colmap/sparse
// and numbered folders in them, of which the one with the most images counts. nil where there is none.
func findColmap(dir string) (*colmapModel, error) {
	var best *colmapModel
	for _, base := range []string{dir, filepath.Join(dir, "sparse"), filepath.Join(dir, "colmap", "sparse")} {
		candidates := []string{base}
		entries, _ := os.ReadDir(base)
		for _, e := range entries {
			if _, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
				candidates = append(candidates, filepath.Join(base, e.Name()))
			}
		}
		for _, c := range candidates {
			if !colmap.Is(c) {
				continue
			}
			s, err := colmap.Read(c)
			if err != nil {
				return nil, err
			}
			if best == nil || len(s.Images) > len(best.Images) {
				best = &colmapModel{Scene: s}
			}
		}
		if best != nil {
			break
		}
	}
	if best == nil {
		return nil, nil
	}
	return best, best.findPictures(dir)
}

// findPictures looks for the folder of the pictures, beside the model or above it.
func (m *colmapModel) findPictures(dir string) error {
	first := filepath.FromSlash(m.Images[0].Name)
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for up := range 3 { // DIR, or sparse/0 within it
		root := absolute
		for range up {
			root = filepath.Dir(root)
		}
		for _, name := range []string{"images", "", "input"} {
			for i := range m.Images { // the first may be missing
				if i == 8 {
					break
				}
				if p := filepath.Join(root, name); firstFile(filepath.Join(p, filepath.FromSlash(m.Images[i].Name))) != "" {
					m.pictures = p
					return nil
				}
			}
		}
	}
	return fmt.Errorf("%s: its pictures (the first is %s) lie neither in images nor in input nor beside it", m.ImagesFile(), first)
}

// transforms is the model in the form of a transforms file.
func (m *colmapModel) transforms() (*transformsJSON, error) {
	lens := map[int]lensKeys{}
	for id, c := range m.Cameras {
		l, err := c.Lens()
		if err != nil {
			return nil, err
		}
		w, h := float64(c.Width), float64(c.Height)
		lens[id] = lensKeys{FlX: &l.FX, FlY: &l.FY, CX: &l.CX, CY: &l.CY, W: &w, H: &h, K1: &l.K1, K2: &l.K2, K3: &l.K3, K4: &l.K4, P1: &l.P1, P2: &l.P2, Fisheye: &l.Fisheye}
	}
	place := m.placement()
	t := &transformsJSON{}
	for i := range m.Images {
		p := place.pose(&m.Images[i])
		rows := make([][]float64, 4)
		for r := range rows {
			rows[r] = slices.Clone(p[r][:])
		}
		t.Frames = append(t.Frames, frameJSON{lensKeys: lens[m.Images[i].Camera], FilePath: m.Images[i].Name, Matrix: rows})
	}
	aabb := place.aabb(m.Points)
	t.AABBScale = &aabb
	return t, nil
}

// colmapPlacement maps the world of a sparse model to file coordinates: (turn·(p - origin))·scale.
type colmapPlacement struct {
	origin Vec3
	turn   [3]Vec3 // rows
	scale  float64
}

// placement is found in coordinates around the mean of the cameras, since models of maps may lie far from zero.
func (m *colmapModel) placement() colmapPlacement {
	n := float64(len(m.Images))
	var mean, up Vec3
	for i := range m.Images {
		c, r := m.Images[i].Center(), m.Images[i].Matrix()
		for k := range mean {
			mean[k] += c[k] / n
			up[k] -= r[1][k] / n // y of the camera points down
		}
	}
	cameras := make([]Camera, len(m.Images))
	var ahead float64
	for i := range m.Images {
		c, r := m.Images[i].Center(), m.Images[i].Matrix()
		cameras[i].Pose = mgl32.Mat3x4FromCols(mgl32.Vec3{}, mgl32.Vec3{},
			mgl32.Vec3{float32(r[2][0]), float32(r[2][1]), float32(r[2][2])}, mgl32.Vec3{float32(c[0] - mean[0]), float32(c[1] - mean[1]), float32(c[2] - mean[2])})
	}
	focus := FocusPoint(cameras)
	for i := range cameras {
		ahead += float64(focus.Sub(cameras[i].Position()).Dot(cameras[i].Forward()))
	}
	if ahead <= 0 { // they look away from each other
		focus = mgl32.Vec3{}
	}
	p := colmapPlacement{origin: mean, scale: 1, turn: turnUp(up)}
	var distance float64
	for i := range cameras {
		distance += float64(cameras[i].Position().Sub(focus).Len()) / n
	}
	for k := range p.origin {
		p.origin[k] += float64(focus[k])
	}
	if distance > 0 {
		p.scale = colmapDistance / distance
	}
	return p
}

// turnUp is the shortest rotation that brings up to the z axis (Rodrigues): with c = up·z and v = up × z,
//
//	R = I + [v] + [v]²/(1+c)
func turnUp(up Vec3) [3]Vec3 {
	length := math.Sqrt(dot(up, up))
	identity := [3]Vec3{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	if length < 1e-6 {
		return identity // cameras in all positions have no common upward axis
	}
	for k := range up {
		up[k] /= length
	}
	c := up[2]
	if c < -1+1e-9 {
		return [3]Vec3{{1, 0, 0}, {0, -1, 0}, {0, 0, -1}}
	}
	v := cross(up, Vec3{0, 0, 1})
	skew := [3]Vec3{{0, -v[2], v[1]}, {v[2], 0, -v[0]}, {-v[1], v[0], 0}}
	out := identity
	for r := range out {
		for k := range out[r] {
			square := 0.0
			for j := range 3 {
				square += skew[r][j] * skew[j][k]
			}
			out[r][k] += skew[r][k] + square/(1+c)
		}
	}
	return out
}

func (p *colmapPlacement) point(v [3]float64) (out Vec3) {
	for k := range v {
		v[k] -= p.origin[k]
	}
	for k := range out {
		out[k] = p.scale * dot(p.turn[k], v)
	}
	return out
}

// pose is the camera-to-world matrix of an image in file coordinates, x right, y up, z backward.
func (p *colmapPlacement) pose(m *colmap.Image) (out [4][4]float64) {
	r := m.Matrix()
	at := p.point(m.Center())
	for k, sign := range [3]float64{1, -1, -1} {
		for row := range 3 {
			out[row][k] = sign * dot(p.turn[row], r[k])
		}
	}
	for row := range 3 {
		out[row][3] = at[row]
	}
	out[3][3] = 1
	return out
}

// aabb is the least aabb_scale whose cube holds most of the points.
func (p *colmapPlacement) aabb(points []colmap.Point) float64 {
	if len(points) == 0 {
		return colmapAABB
	}
	far := make([]float64, len(points))
	for i, v := range points {
		q := p.point(v)
		far[i] = math.Max(math.Abs(q[0]), math.Max(math.Abs(q[1]), math.Abs(q[2])))
	}
	sort.Float64s(far)
	reach := 2 * far[int(colmapInside*float64(len(far)-1))] * float64(DefaultTransform().Scale)
	scale := 1.0
	for scale < reach && scale < colmapAABB {
		scale *= 2
	}
	return scale
}
