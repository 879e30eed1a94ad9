package field

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
)

// Volume is a cloud or a scan as a function of a position in the unit cube (Müller et al. 2022, section 5.3): density and
// the light, linear red, green and blue, that a collision there sends on, the same in all directions. The light around it
// is part of what was learned.
type Volume struct {
	*Function
	// Lo, Hi is the box of the voxels in the cube, and Voxels how many of the finest ones fit into its edge.
	Lo, Hi [3]float32
	Voxels float64
	// Extinction of density 1 per unit of length.
	Extinction float64
	Up         [3]float32
	Light      volume.Light
	// Cells are the largest densities of the voxels, volume.CellEdge³ in Morton order; where they are 0 nothing is evaluated.
	Cells []float32
}

// NewVolume allocates the field of a medium in a light; its parameters are zero until Init or SetParams.
func NewVolume(d gpu.Device, c *config.Config, m *volume.Medium, light volume.Light, averaged bool) (*Volume, error) {
	c, err := c.ForVolume(float32(m.Voxels))
	if err != nil {
		return nil, err
	}
	f, err := newFunction(d, c, averaged)
	if err != nil {
		return nil, err
	}
	v := &Volume{Function: f, Voxels: float64(float32(m.Voxels)), Extinction: m.Extinction, Up: m.Up, Light: light}
	for k := range v.Lo {
		v.Lo[k], v.Hi[k] = float32(m.Lo[k]), float32(m.Hi[k])
	}
	cells := m.Cells()
	const n = volume.CellEdge
	ordered := make([]float32, len(cells))
	for i, c := range cells {
		ordered[kernels.Morton3(uint32(i/n/n), uint32(i/n%n), uint32(i%n))] = c
	}
	v.setCells(ordered)
	return v, nil
}

// Keys of a snapshot's Radia.State, for what the format does not store.
const (
	keyVoxels     = "volume_voxels"
	keyExtinction = "volume_extinction"
	keyLight      = "light"
	keyLightColor = "light_color"
	keyLightUp    = "light_up"
	sectionLight  = "light_map"
	sectionCells  = "volume_cells"
)

// Save describes the field as a snapshot.
func (f *Volume) Save() (*snapshot.Snapshot, error) {
	s, err := f.save()
	if err != nil {
		return nil, err
	}
	s.AABB = snapshot.Box{Min: f.Lo, Max: f.Hi}
	s.RenderAABB, s.UpDir = s.AABB, f.Up
	s.Radia = snapshot.NewRadia()
	s.Radia.SetHalf(sectionCells, roundedUp(f.Cells))
	s.Radia.State[keyVoxels], s.Radia.State[keyExtinction] = f.Voxels, f.Extinction
	switch l := f.Light.(type) {
	case volume.Constant:
		s.Radia.State[keyLight], s.Radia.State[keyLightColor] = "constant", []any{l[0], l[1], l[2]}
	case *volume.Map:
		s.Radia.State[keyLight], s.Radia.State[keyLightUp] = "map", []any{int64(l.Up), l.Flip}
		s.Radia.SetFloat32(sectionLight, l.Pix, l.Height, l.Width, 3)
	default:
		s.Radia.State[keyLight] = "sky"
	}
	return s, nil
}

// roundedUp makes halves of positive values, none of which becomes smaller, so that no cell with a density becomes empty.
func roundedUp(v []float32) []uint16 {
	out := make([]uint16, len(v))
	for i, x := range v {
		if x <= 0 {
			continue
		}
		const largest = 65504
		h := f16.From32(min(x, largest))
		if f16.To32(h) < x && x < largest {
			h++
		}
		out[i] = h
	}
	return out
}

// VolumeVoxels is the number of voxels along the cube's edge that decides how fine a snapshot's encoding is.
func VolumeVoxels(s *snapshot.Snapshot) (float64, error) {
	if s.Mode != string(config.Volume) {
		return 0, fmt.Errorf("a snapshot of mode %q is no volume", s.Mode)
	}
	if s.Radia != nil {
		if v, ok := s.Radia.State[keyVoxels].(float64); ok && v >= 1 && v <= 1<<24 {
			return v, nil
		}
	}
	return 0, fmt.Errorf("the snapshot does not say how many voxels its volume has")
}

// LoadVolume makes the field of a snapshot; name appears in errors.
func LoadVolume(d gpu.Device, s *snapshot.Snapshot, name string) (*Volume, error) {
	voxels, err := VolumeVoxels(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c, err := config.FromTree(s.Config, name)
	if err != nil {
		return nil, err
	}
	if c, err = c.ForVolume(float32(voxels)); err != nil {
		return nil, err
	}
	f := &Volume{Voxels: voxels, Lo: s.AABB.Min, Hi: s.AABB.Max, Up: s.UpDir, Extinction: 100}
	for k := range f.Lo {
		if !(f.Lo[k] >= 0 && f.Lo[k] < f.Hi[k] && f.Hi[k] <= 1) {
			return nil, fmt.Errorf("%s: the box %v to %v of the volume is none of the unit cube", name, f.Lo, f.Hi)
		}
	}
	if e, ok := s.Radia.State[keyExtinction].(float64); ok && e > 0 && e <= 1e6 {
		f.Extinction = e
	}
	if length := float64(f.Up[0])*float64(f.Up[0]) + float64(f.Up[1])*float64(f.Up[1]) + float64(f.Up[2])*float64(f.Up[2]); !(math.Abs(length-1) < 1e-3) {
		f.Up = [3]float32{0, 1, 0}
	}
	if f.Light, err = loadLight(s.Radia, f.Up); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	halves, err := s.Radia.Half(sectionCells)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	cells := f16.ToSlice(halves)
	if len(cells) != GridCells {
		return nil, fmt.Errorf("%s: the table of densities has %d cells, a volume needs %d", name, len(cells), GridCells)
	}
	f.setCells(cells)
	if f.Function, err = loadFunction(d, c, s, name); err != nil {
		return nil, err
	}
	return f, nil
}

// loadLight is the light that a volume was learned in.
func loadLight(r *snapshot.Radia, up [3]float32) (volume.Light, error) {
	switch r.State[keyLight] {
	case "constant":
		var c volume.Constant
		list, _ := r.State[keyLightColor].([]any)
		for k := range c {
			if k >= len(list) {
				return nil, fmt.Errorf("the light has no colour")
			}
			v, ok := list[k].(float64)
			if !ok || !(v >= 0) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%v is no colour of light", list)
			}
			c[k] = v
		}
		return c, nil
	case "map":
		pix, err := r.Float32(sectionLight)
		if err != nil {
			return nil, err
		}
		m := &volume.Map{Pix: pix}
		shape := r.Sections[sectionLight].Shape
		list, _ := r.State[keyLightUp].([]any)
		if len(shape) != 3 || shape[2] != 3 || len(pix) == 0 || len(list) != 2 {
			return nil, fmt.Errorf("the map of the light has the shape %v", shape)
		}
		for _, p := range pix {
			if !(p >= 0) || math.IsInf(float64(p), 0) {
				return nil, fmt.Errorf("the map of the light holds %v", p)
			}
		}
		m.Height, m.Width = shape[0], shape[1]
		axis, _ := list[0].(int64)
		m.Up, m.Flip = int(min(max(axis, 0), 2)), list[1] == true
		return m, nil
	}
	return volume.NewSky(up), nil
}

// emptyBelow is the density that counts as nothing, the reference's, as a share of the largest where that is below 1.
const emptyBelow = 0.001

// setCells stores the cells, of which those with next to no density become 0.
func (f *Volume) setCells(cells []float32) {
	largest := float32(0)
	for _, c := range cells {
		largest = max(largest, c)
	}
	f.Cells = cells
	for i, c := range cells {
		if !(c > emptyBelow*min(largest, 1)) {
			cells[i] = 0
		}
	}
}

// Occupancy is 1 for each cell with a density and 0 for the others, in Morton order.
func (f *Volume) Occupancy() []float32 {
	out := make([]float32, len(f.Cells))
	for i, c := range f.Cells {
		if c > 0 {
			out[i] = 1
		}
	}
	return out
}

// Occupied reports whether a point lies in a cell with a density.
func (f *Volume) Occupied(p [3]float32) bool {
	var c [3]uint32
	for k, x := range p {
		c[k] = uint32(min(max(x*volume.CellEdge, 0), volume.CellEdge-1))
	}
	return f.Cells[kernels.Morton3(c[0], c[1], c[2])] > 0
}
