package campath

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/internal/jsonc"
	"github.com/radia-go/radia/scene"
)

// maxFile bounds a camera path file.
const maxFile = 64 << 20

type ngpKey struct {
	R         []float64 `json:"R"`
	T         []float64 `json:"T"`
	Slice     float64   `json:"slice"`
	Scale     *float64  `json:"scale"`
	FOV       *float64  `json:"fov"`
	Aperture  *float64  `json:"aperture_size"`
	DoF       *float64  `json:"dof"` // the older name of aperture_size
	Timestamp float64   `json:"timestamp"`
}

// studioPose is an entry of nerfstudio's camera_path or keyframes.
type studioPose struct {
	CameraToWorld []float64       `json:"camera_to_world"`
	Matrix        json.RawMessage `json:"matrix"` // 16 numbers, or a string that holds them
	FOV           *float64        `json:"fov"`
}

type pathFile struct {
	Path     []ngpKey `json:"path"`
	Loop     bool     `json:"loop"`
	Order    *int     `json:"spline_order"`
	Duration float64  `json:"duration_seconds"`

	CameraPath []studioPose `json:"camera_path"`
	Keyframes  []studioPose `json:"keyframes"`
	Width      float64      `json:"render_width"`
	Height     float64      `json:"render_height"`
	Seconds    float64      `json:"seconds"`
	IsCycle    bool         `json:"is_cycle"`
	DefaultFOV *float64     `json:"default_fov"`

	Frames []struct {
		Matrix [][]float64 `json:"transform_matrix"`
		AngleY *float64    `json:"camera_angle_y"`
	} `json:"frames"`
	AngleX *float64 `json:"camera_angle_x"`
	AngleY *float64 `json:"camera_angle_y"`
	FlY    *float64 `json:"fl_y"`
	H      *float64 `json:"h"`
}

// Load reads a camera path file of any known family. Poses of nerfstudio and transforms files are in file coordinates and are mapped to
// ngp space by tr (scene.DefaultTransform unless the scene says otherwise); those of instant-ngp already are in ngp space.
func Load(path string, tr scene.Transform) (*Path, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxFile { // a device has no end, a pipe waits for its writer
		return nil, fmt.Errorf("%s: not a camera path file (no regular file, or more than %d bytes)", path, maxFile)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := Parse(raw, tr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Parse is Load for a file in memory.
func Parse(raw []byte, tr scene.Transform) (*Path, error) {
	std, err := jsonc.Standardize(raw)
	if err != nil {
		return nil, err
	}
	var f pathFile
	if err := json.Unmarshal(std, &f); err != nil {
		return nil, fmt.Errorf("camera path: %w", err)
	}
	var p *Path
	switch {
	case f.Path != nil:
		p, err = f.ngp()
	case f.CameraPath != nil || f.Keyframes != nil:
		p, err = f.nerfstudio(tr)
	case f.Frames != nil:
		p, err = f.transforms(tr)
	default:
		return nil, fmt.Errorf("not a camera path: none of \"path\", \"camera_path\", \"keyframes\", \"frames\" is in it")
	}
	if err != nil {
		return nil, err
	}
	return p, p.Check()
}

func or(p *float64, def float64) float32 {
	if p == nil {
		return float32(def)
	}
	return float32(*p)
}

func (f *pathFile) ngp() (*Path, error) {
	p := &Path{Loop: f.Loop, Order: 3, Duration: f.Duration}
	if f.Order != nil {
		p.Order = *f.Order
	}
	for i, k := range f.Path {
		if len(k.R) != 4 || len(k.T) != 3 {
			return nil, fmt.Errorf("camera path: key frame %d: R has %d and T %d values, 4 and 3 are needed", i, len(k.R), len(k.T))
		}
		n := math.Sqrt(k.R[0]*k.R[0] + k.R[1]*k.R[1] + k.R[2]*k.R[2] + k.R[3]*k.R[3])
		if !(n > 1e-6 && n < 1e6) {
			return nil, fmt.Errorf("camera path: key frame %d: rotation %v is not a quaternion", i, k.R)
		}
		key := Key{FOV: or(k.FOV, DefaultFOV), Slice: float32(k.Slice), Scale: or(k.Scale, 1), Aperture: or(k.Aperture, float64(or(k.DoF, 0))), Timestamp: float32(k.Timestamp)}
		for c := range key.R {
			key.R[c] = float32(k.R[c] / n)
		}
		for c := range key.T {
			key.T[c] = float32(k.T[c])
		}
		p.Keys = append(p.Keys, key)
	}
	return p, nil
}

// nerfstudio takes the dense camera_path where there is one, which is to be followed exactly (order 1), else the key frames.
func (f *pathFile) nerfstudio(tr scene.Transform) (*Path, error) {
	p := &Path{Loop: f.IsCycle, Order: 1, Duration: f.Seconds, Width: pixels(f.Width), Height: pixels(f.Height)}
	list, name := f.CameraPath, "camera_path"
	if len(list) == 0 {
		list, name, p.Order = f.Keyframes, "keyframes", 3
	}
	for i, k := range list {
		m := k.CameraToWorld
		if m == nil && len(k.Matrix) > 0 {
			raw := []byte(k.Matrix)
			var s string
			if json.Unmarshal(raw, &s) == nil {
				raw = []byte(s)
			}
			if err := json.Unmarshal(raw, &m); err != nil {
				return nil, fmt.Errorf("camera path: %s[%d]: matrix is not a list of numbers", name, i)
			}
			// Key frame matrices come from a viewer that stores columns first.
			if len(m) == 16 {
				m = transpose(m)
			}
		}
		if len(m) != 16 && len(m) != 12 {
			return nil, fmt.Errorf("camera path: %s[%d]: the matrix has %d values, 16 are needed", name, i, len(m))
		}
		rows := [][]float64{m[0:4], m[4:8], m[8:12]}
		key, err := fileKey(rows, or(k.FOV, float64(or(f.DefaultFOV, DefaultFOV))), tr)
		if err != nil {
			return nil, fmt.Errorf("camera path: %s[%d]: %w", name, i, err)
		}
		p.Keys = append(p.Keys, key)
	}
	return p, nil
}

func pixels(v float64) int {
	if !(v >= 1 && v <= 1<<16) {
		return 0
	}
	return int(v)
}

func transpose(m []float64) []float64 {
	out := make([]float64, 16)
	for i := range out {
		out[i] = m[i%4*4+i/4]
	}
	return out
}

func (f *pathFile) transforms(tr scene.Transform) (*Path, error) {
	p := &Path{Order: 1}
	fov := DefaultFOV
	switch {
	case f.FlY != nil && f.H != nil && *f.FlY > 0:
		fov = 2 * math.Atan(0.5**f.H / *f.FlY) * 180 / math.Pi
	case f.AngleY != nil:
		fov = *f.AngleY * 180 / math.Pi
	case f.AngleX != nil: // square pictures have one angle
		fov = *f.AngleX * 180 / math.Pi
	}
	for i, fr := range f.Frames {
		v := fov
		if fr.AngleY != nil {
			v = *fr.AngleY * 180 / math.Pi
		}
		key, err := fileKey(fr.Matrix, float32(v), tr)
		if err != nil {
			return nil, fmt.Errorf("camera path: frame %d: %w", i, err)
		}
		p.Keys = append(p.Keys, key)
	}
	return p, nil
}

// fileKey makes a key of the rows of a camera-to-world matrix in file coordinates.
func fileKey(rows [][]float64, fov float32, tr scene.Transform) (Key, error) {
	if len(rows) != 3 && len(rows) != 4 {
		return Key{}, fmt.Errorf("the matrix has %d rows, 4 are needed", len(rows))
	}
	var m [4][4]float64
	for r, row := range rows {
		if len(row) != 4 {
			return Key{}, fmt.Errorf("matrix row %d has %d values, 4 are needed", r, len(row))
		}
		for c, v := range row {
			if !(math.Abs(v) < 1e18) {
				return Key{}, fmt.Errorf("matrix value %v is not usable", v)
			}
			m[r][c] = v
		}
	}
	return FromPose(tr.Pose(m), fov), nil
}

// Save writes the path as instant-ngp's base_cam.json.
func (p *Path) Save(path string) error {
	if err := p.Check(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	type key struct {
		R         [4]float32 `json:"R"`
		T         [3]float32 `json:"T"`
		Slice     float32    `json:"slice"`
		Scale     float32    `json:"scale"`
		FOV       float32    `json:"fov"`
		Aperture  float32    `json:"aperture_size"`
		Timestamp float32    `json:"timestamp"`
	}
	out := struct {
		Time     float64 `json:"time"`
		Loop     bool    `json:"loop"`
		Order    int     `json:"spline_order"`
		Duration float64 `json:"duration_seconds,omitempty"`
		Path     []key   `json:"path"`
	}{Loop: p.Loop, Order: p.Order, Duration: p.Duration}
	for _, k := range p.Keys {
		out.Path = append(out.Path, key{k.R, k.T, k.Slice, k.Scale, k.FOV, k.Aperture, k.Timestamp})
	}
	return writeJSON(path, out)
}

// SaveNerfstudio writes n cameras along the path as a nerfstudio camera_path of the given size and rate, in file coordinates.
func (p *Path) SaveNerfstudio(path string, n, width, height int, fps float64, tr scene.Transform) error {
	if err := p.Check(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if n < 1 || width < 1 || height < 1 || !(fps > 0) {
		return fmt.Errorf("writing %s: %d cameras of %d x %d at %v a second", path, n, width, height, fps)
	}
	type entry struct {
		CameraToWorld [16]float64 `json:"camera_to_world"`
		FOV           float32     `json:"fov"`
		Aspect        float64     `json:"aspect"`
	}
	out := struct {
		Type    string  `json:"camera_type"`
		Height  int     `json:"render_height"`
		Width   int     `json:"render_width"`
		FPS     float64 `json:"fps"`
		Seconds float64 `json:"seconds"`
		Cycle   bool    `json:"is_cycle"`
		Path    []entry `json:"camera_path"`
	}{"perspective", height, width, fps, float64(n) / fps, p.Loop, nil}
	for _, c := range p.Cameras(n, width, height) {
		e := entry{Aspect: float64(width) / float64(height), FOV: float32(2 * math.Atan(0.5*float64(height)/float64(c.Focal[1])) * 180 / math.Pi)}
		for r, row := range tr.PoseBack(c.Pose) {
			copy(e.CameraToWorld[4*r:], row[:])
		}
		out.Path = append(out.Path, e)
	}
	return writeJSON(path, out)
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return atomicfile.Write(path, append(b, '\n'))
}
