package field

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
)

// SDF is the signed distance from a surface, negative inside, as a function of a position in the unit cube (Müller et al.
// 2022, section 5.2). A point p of the mesh lies at p·Scale + Offset.
type SDF struct {
	*Function
	Scale  float64
	Offset [3]float64
	// Lo and Hi is the box in which the field was trained.
	Lo, Hi [3]float32
}

// inflate is the margin around a mesh, as a share of the diagonal of its box.
const inflate = 0.005

// PlaceMesh moves a mesh to the unit cube as the reference does: its box, larger by 0.5% of the diagonal on each side, is
// centred, and its longest edge becomes 1. lo and hi is the box of the moved mesh with the same margin, inside the cube.
func PlaceMesh(m *mesh.Mesh) (placed *mesh.Mesh, scale float64, offset [3]float64, lo, hi [3]float32) {
	a, b := m.Bounds()
	longest := 0.0
	grow := func(a, b [3]float64) float64 {
		d := 0.0
		for k := range a {
			d += (b[k] - a[k]) * (b[k] - a[k])
		}
		return inflate * math.Sqrt(d)
	}
	margin := grow(a, b)
	for k := range a {
		longest = max(longest, b[k]-a[k]+2*margin)
	}
	scale = 1 / longest
	for k := range offset {
		offset[k] = 0.5 - scale*(a[k]+b[k])/2
	}
	placed = m.Transform(scale, offset)
	a, b = placed.Bounds()
	margin = grow(a, b)
	for k := range lo {
		lo[k], hi[k] = float32(max(0, a[k]-margin)), float32(min(1, b[k]+margin))
	}
	return placed, scale, offset, lo, hi
}

// NewSDF allocates a distance field; its parameters are zero until Init or SetParams.
func NewSDF(d gpu.Device, c *config.Config, averaged bool) (*SDF, error) {
	c, err := c.ForSDF()
	if err != nil {
		return nil, err
	}
	f, err := newFunction(d, c, averaged)
	if err != nil {
		return nil, err
	}
	return &SDF{Function: f, Scale: 1, Hi: [3]float32{1, 1, 1}}, nil
}

// keyScale and keyOffset are where the snapshot keeps what moved the mesh to the unit cube.
const (
	keyScale  = "mesh_scale"
	keyOffset = "mesh_offset"
)

// Save describes the field as a snapshot.
func (f *SDF) Save() (*snapshot.Snapshot, error) {
	s, err := f.save()
	if err != nil {
		return nil, err
	}
	s.AABB = snapshot.Box{Min: f.Lo, Max: f.Hi}
	s.RenderAABB = s.AABB
	s.Radia = snapshot.NewRadia()
	s.Radia.State[keyScale] = f.Scale
	s.Radia.State[keyOffset] = []any{f.Offset[0], f.Offset[1], f.Offset[2]}
	return s, nil
}

// LoadSDF makes the field of a snapshot; name appears in errors. A snapshot of another program does not say where the
// mesh was, so its coordinates are those of the unit cube.
func LoadSDF(d gpu.Device, s *snapshot.Snapshot, name string) (*SDF, error) {
	if s.Mode != string(config.SDF) {
		return nil, fmt.Errorf("%s: a snapshot of mode %q is no distance field", name, s.Mode)
	}
	c, err := config.FromTree(s.Config, name)
	if err != nil {
		return nil, err
	}
	if c, err = c.ForSDF(); err != nil {
		return nil, err
	}
	out := &SDF{Scale: 1, Lo: s.AABB.Min, Hi: s.AABB.Max}
	for k := range out.Lo {
		if !(out.Lo[k] >= 0 && out.Lo[k] < out.Hi[k] && out.Hi[k] <= 1) {
			out.Lo, out.Hi = [3]float32{}, [3]float32{1, 1, 1}
			break
		}
	}
	if s.Radia != nil {
		if v, ok := s.Radia.State[keyScale].(float64); ok && v > 0 {
			out.Scale = v
		}
		if list, ok := s.Radia.State[keyOffset].([]any); ok && len(list) == 3 {
			for k := range list {
				out.Offset[k], _ = list[k].(float64)
			}
		}
	}
	if out.Function, err = loadFunction(d, c, s, name); err != nil {
		return nil, err
	}
	return out, nil
}

// Distances evaluates the field at points of the unit cube.
func (f *SDF) Distances(points [][3]float32) ([]float32, error) {
	out := make([]float32, len(points))
	err := f.Evaluate(len(points), func(i int, p []float32) { copy(p, points[i][:]) }, func(i int, v []float32) { out[i] = v[0] })
	return out, err
}
