// Package volume reads volumes (NanoVDB, NIfTI-1, raw voxels), describes them as a medium that scatters light, and traces
// light through that medium: the reference that learned volumes are trained on and measured against.
//
// # Spaces
//
// Voxel (i, j, k) fills the cube from (i, j, k) to (i+1, j+1, k+1) of index space. The volume's box is moved to the unit
// cube: its longest edge becomes 1, its centre ½, and its axes stay parallel to the voxels'.
package volume

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Volume is what a file of voxels holds.
type Volume struct {
	Format, Codec, Type string
	Name                string     // of the density grid, where the file names it
	Density             *Grid      // as the file has it: density of a cloud, or the values of a scan
	Emission            *Grid      // or nil
	Spacing             [3]float64 // world units from one voxel to the next
	Up                  int        // axis that points upwards
	Flip                bool       // upwards is towards smaller indices
	Scan                bool       // measured values of another kind than density: they need a transfer function
	Warnings            []string
	Settings            Settings
}

// Load reads a volume in any of the formats, recognised by content.
func Load(path string) (*Volume, error) {
	v, err := load(path, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// Probe tells a volume from other data by its first bytes, its name, or the description beside it.
func Probe(path string) bool {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	head := make([]byte, 1<<16)
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return false
	}
	head = head[:n]
	switch {
	case looksLikeNanoVDB(head), looksLikeNIfTI(head), looksLikeDescription(head):
		return true
	case strings.EqualFold(filepath.Ext(path), ".nvdb"):
		return true
	case isGzip(head) && (strings.HasSuffix(strings.ToLower(path), ".nii.gz") || holdsNIfTI(head)):
		return true
	}
	_, ok := describeRaw(path, st.Size())
	return ok
}

// maxFile bounds a file that is read whole.
const maxFile = 1 << 33

func load(path string, depth int) (*Volume, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	switch {
	case !st.Mode().IsRegular():
		return nil, fmt.Errorf("is no file")
	case st.Size() > maxFile:
		return nil, fmt.Errorf("%d MiB are more than Radia reads", st.Size()>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	switch {
	case looksLikeNanoVDB(b), strings.EqualFold(filepath.Ext(path), ".nvdb"):
		return decodeNanoVDB(b)
	case looksLikeNIfTI(b):
		return decodeNIfTI(b)
	case isGzip(b):
		if b, err = gunzip(b); err != nil {
			return nil, err
		}
		return decodeNIfTI(b)
	case looksLikeDescription(b):
		return loadDescribed(path, b, depth)
	}
	d, ok := describeRaw(path, st.Size())
	if !ok {
		return nil, fmt.Errorf("is no volume: neither NanoVDB nor NIfTI, and raw voxels need a description %s.json or a name like x_64x64x93_int16le.raw",
			strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	}
	return d.decode(b)
}

func unwrapPath(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}

// finish checks what every format has to say.
func (v *Volume) finish() (*Volume, error) {
	for k, s := range v.Spacing {
		if !(s > 0) || math.IsInf(s, 0) {
			return nil, fmt.Errorf("a spacing of %v along axis %d", s, k)
		}
	}
	if v.Density.Hi <= v.Density.Lo && v.Density.Hi == 0 {
		v.Warnings = append(v.Warnings, "all voxels are 0")
	}
	if v.Density.Lo < 0 && !v.Scan {
		v.Warnings = append(v.Warnings, fmt.Sprintf("the least value is %v; a medium has no negative density, those voxels count as 0", v.Density.Lo))
	}
	return v, nil
}

// Placement maps points of the unit cube to index space: index = p·Scale + Offset.
type Placement struct {
	Scale, Offset [3]float64
	Lo, Hi        [3]float64 // the volume's box in the unit cube
	// Voxels is how many of the finest voxels fit into the cube's edge; for cubic voxels, those of the longest edge.
	Voxels float64
}

// Place moves the volume to the unit cube.
func (v *Volume) Place() (p Placement) {
	n := v.Density.Dims()
	longest, finest := 0.0, math.Inf(1)
	for k := range n {
		longest = max(longest, float64(n[k])*v.Spacing[k])
		finest = min(finest, v.Spacing[k])
	}
	for k := range n {
		edge := float64(n[k]) * v.Spacing[k] / longest
		p.Lo[k], p.Hi[k] = 0.5-edge/2, 0.5+edge/2
		p.Scale[k] = longest / v.Spacing[k]
		p.Offset[k] = float64(v.Density.Min[k]) - p.Lo[k]*p.Scale[k]
	}
	p.Voxels = longest / finest
	return p
}

// UpDir is the direction that points upwards.
func (v *Volume) UpDir() (d [3]float32) {
	d[v.Up] = 1
	if v.Flip {
		d[v.Up] = -1
	}
	return d
}

// SetUp says which direction of the voxels points upwards: x, y, z, -x, -y or -z.
func (v *Volume) SetUp(axis string) error {
	if !slices.Contains([]string{"x", "y", "z", "-x", "-y", "-z"}, axis) {
		return fmt.Errorf("up is %.10q; want x, y, z, -x, -y or -z", axis)
	}
	v.Up, v.Flip = int(axis[len(axis)-1]-'x'), axis[0] == '-'
	return nil
}

func isGzip(b []byte) bool { return bytes.HasPrefix(b, []byte{0x1f, 0x8b}) }
