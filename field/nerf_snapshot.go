package field

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

// SectionAverage is the section of a snapshot with the float32 parameters that rendering reads.
const SectionAverage = "average"

// GridCells is the number of cells in a cascade of the occupancy grid.
const GridCells = snapshot.GridSize * snapshot.GridSize * snapshot.GridSize

// SaveNeRF describes the field, its occupancy grid (Morton order, cascade after cascade) and the cameras it was trained
// from as a snapshot. Parameters are those that rendering reads, in half precision.
func SaveNeRF(n *NeRF, grid []float32, data *scene.Dataset) (*snapshot.Snapshot, error) {
	params, err := n.ReadParams()
	if err != nil {
		return nil, err
	}
	half := float32(n.AABBScale) / 2
	cube := snapshot.Box{Min: [3]float32{0.5 - half, 0.5 - half, 0.5 - half}, Max: [3]float32{0.5 + half, 0.5 + half, 0.5 + half}}
	identity := [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	s := &snapshot.Snapshot{
		Config: n.Config.Tree(), Mode: "nerf", Params: snapshot.Params{Half: f16.FromSlice(params)}, DensityGrid: f16.FromSlice(grid),
		AABB: cube, RenderAABB: snapshot.Box{Min: data.RenderAABB[0], Max: data.RenderAABB[1]}, RenderAABBToLocal: identity,
		BoundingRadius: half * float32(math.Sqrt(3)), UpDir: data.Up, BackgroundColor: [4]float32{data.Background[0], data.Background[1], data.Background[2], 1},
	}
	d := snapshot.Dataset{
		RenderAABB: s.RenderAABB, RenderAABBToLocal: identity, Up: data.Up, Offset: data.Transform.Offset, Scale: data.Transform.Scale,
		AABBScale: n.AABBScale, FromMitsuba: data.Transform.Mitsuba, IsHDR: n.HDR,
	}
	for _, f := range data.Frames {
		c := f.Camera
		end := c.Pose
		if f.PoseEnd != nil {
			end = *f.PoseEnd
		}
		d.Paths = append(d.Paths, f.Name)
		d.Images = append(d.Images, snapshot.ImageMeta{
			Resolution: [2]int64{int64(c.Width), int64(c.Height)}, FocalLength: c.Focal, PrincipalPoint: c.Principal, RollingShutter: data.RollingShutter,
			Lens: lensTree(c.Lens), Start: rows(c.Pose), End: rows(end)})
	}
	s.NeRF = &snapshot.NeRF{AABBScale: n.AABBScale, Dataset: d}
	return s, nil
}

// LoadNeRF makes the field of a snapshot and returns its occupancy grid with every cascade of its box. A snapshot of an
// untrained field has a grid that is occupied everywhere.
func LoadNeRF(d gpu.Device, s *snapshot.Snapshot, name string, o NeRFOptions) (*NeRF, []float32, error) {
	if s.Mode != "nerf" || s.NeRF == nil {
		return nil, nil, fmt.Errorf("%s: a snapshot of mode %q is no radiance field", name, s.Mode)
	}
	scale := s.NeRF.AABBScale
	if scale < 1 || scale > 128 || bits.OnesCount(uint(scale)) != 1 {
		return nil, nil, fmt.Errorf("%s: aabb_scale %d is no power of two from 1 to 128", name, scale)
	}
	c, err := config.FromTree(s.Config, name)
	if err != nil {
		return nil, nil, err
	}
	params := s.Params.Float
	if params == nil {
		params = f16.ToSlice(s.Params.Half)
	}
	if s.Radia != nil {
		if exact, err := s.Radia.Float32(SectionAverage); err == nil && len(exact) == len(params) {
			params = exact
		}
	}
	for i, p := range params {
		if p != p || math.IsInf(float64(p), 0) {
			return nil, nil, fmt.Errorf("%s: parameter %d is not finite", name, i)
		}
	}
	extra, _, err := extraOf(s, name)
	if err != nil {
		return nil, nil, err
	}
	o.ExtraDims = extra
	concrete, err := c.ForNeRFWithExtra(scale, extra)
	if err != nil {
		return nil, nil, err
	}
	if _, params, err = concrete.Present(params); err != nil { // networks of 2022 are narrower
		return nil, nil, err
	}
	n, err := NewNeRF(d, c, scale, o)
	if !o.Half && errors.Is(err, gpu.ErrTooLarge) { // the table in float32 is; in half precision it may be read
		o.Half = true
		n, err = NewNeRF(d, c, scale, o)
	}
	if err != nil {
		return nil, nil, err
	}
	n.HDR = s.NeRF.Dataset.IsHDR
	if mean, err := Appearance(s, -1); err == nil && len(mean) == extra {
		n.SetAppearance(mean)
	}
	if err := n.SetParams(params); err != nil {
		n.Release()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	grid := make([]float32, GridCells*Cascades(scale))
	switch stored := f16.ToSlice(s.DensityGrid); {
	case len(stored) == 0:
		for i := range grid {
			grid[i] = 1
		}
	case len(stored) != len(grid):
		n.Release()
		return nil, nil, fmt.Errorf("%s: the density grid has %d cells, aabb_scale %d needs %d", name, len(stored), scale, len(grid))
	default:
		copy(grid, stored)
	}
	return n, grid, nil
}

// Cascades is the number of cascades of the occupancy grid in a box of edge scale: 1 + log2(scale).
func Cascades(scale int) int { return bits.Len(uint(scale)) }

// rows writes a pose as snapshots do.
func rows(p mgl32.Mat3x4) snapshot.Matrix {
	var m snapshot.Matrix
	for r := range m {
		for c := range m[r] {
			m[r][c] = p.At(r, c)
		}
	}
	return m
}

// pose is the inverse of rows.
func pose(m snapshot.Matrix) mgl32.Mat3x4 {
	var p mgl32.Mat3x4
	for r := range m {
		for c := range m[r] {
			p.Set(r, c, m[r][c])
		}
	}
	return p
}

// lensTree is a lens as snapshots store it; nil is a pinhole.
func lensTree(l scene.Lens) map[string]any {
	p := func(i int) any { return float64(l.Params[i]) }
	switch l.Kind {
	case scene.OpenCV:
		return map[string]any{"is_fisheye": false, "k1": p(0), "k2": p(1), "p1": p(2), "p2": p(3)}
	case scene.OpenCVFisheye:
		return map[string]any{"is_fisheye": true, "k1": p(0), "k2": p(1), "k3": p(2), "k4": p(3)}
	case scene.FTheta:
		return map[string]any{"ftheta_p0": p(0), "ftheta_p1": p(1), "ftheta_p2": p(2), "ftheta_p3": p(3), "ftheta_p4": p(4), "w": p(5), "h": p(6)}
	case scene.LatLong:
		return map[string]any{"latlong": true}
	case scene.Equirectangular:
		return map[string]any{"equirectangular": true}
	case scene.Orthographic:
		return map[string]any{"orthographic": true}
	}
	return nil
}

// lens is the inverse of lensTree; keys that are not there count as zero.
func lens(t map[string]any) scene.Lens {
	var l scene.Lens
	set := func(kind scene.LensKind, names ...string) scene.Lens {
		l.Kind = kind
		for i, name := range names {
			switch v := t[name].(type) {
			case float64:
				l.Params[i] = float32(v)
			case float32:
				l.Params[i] = v
			case int64:
				l.Params[i] = float32(v)
			}
		}
		return l
	}
	switch fisheye, _ := t["is_fisheye"].(bool); {
	case len(t) == 0:
		return l
	case t["latlong"] == true:
		return set(scene.LatLong)
	case t["equirectangular"] == true:
		return set(scene.Equirectangular)
	case t["orthographic"] == true:
		return set(scene.Orthographic)
	case t["ftheta_p0"] != nil:
		return set(scene.FTheta, "ftheta_p0", "ftheta_p1", "ftheta_p2", "ftheta_p3", "ftheta_p4", "w", "h")
	case fisheye:
		return set(scene.OpenCVFisheye, "k1", "k2", "k3", "k4")
	}
	return set(scene.OpenCV, "k1", "k2", "p1", "p2")
}

// TrainingCameras are the cameras that a snapshot was trained from, with the corrections that training has found.
func TrainingCameras(s *snapshot.Snapshot) []scene.Camera {
	if s.NeRF == nil {
		return nil
	}
	var out []scene.Camera
	for i, m := range s.NeRF.Dataset.Images {
		move, turn := correction(s.NeRF, i)
		out = append(out, scene.Camera{Lens: lens(m.Lens), Width: int(m.Resolution[0]), Height: int(m.Resolution[1]),
			Focal: m.FocalLength, Principal: m.PrincipalPoint, Pose: Corrected(pose(m.Start), move, turn)})
	}
	return out
}

// OccupiedShare is the share of a stored grid's cells above the threshold of marching, 0.01.
func OccupiedShare(grid []uint16) float64 {
	n := 0
	for _, h := range grid {
		if f16.To32(h) > 0.01 {
			n++
		}
	}
	return float64(n) / float64(max(len(grid), 1))
}
