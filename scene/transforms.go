package scene

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
)

// maxJSON bounds a transforms file; a million frames take about 600 MB, far beyond any real set.
const maxJSON = 256 << 20

// lensKeys may stand at the top of a transforms file and in any frame, where they override the top.
type lensKeys struct {
	XFov    *float64 `json:"x_fov"` // degrees
	YFov    *float64 `json:"y_fov"`
	FlX     *float64 `json:"fl_x"` // pixels of a w x h picture
	FlY     *float64 `json:"fl_y"`
	AngleX  *float64 `json:"camera_angle_x"` // radians
	AngleY  *float64 `json:"camera_angle_y"`
	CX      *float64 `json:"cx"`
	CY      *float64 `json:"cy"`
	W       *float64 `json:"w"`
	H       *float64 `json:"h"`
	K1      *float64 `json:"k1"`
	K2      *float64 `json:"k2"`
	K3      *float64 `json:"k3"`
	K4      *float64 `json:"k4"`
	P1      *float64 `json:"p1"`
	P2      *float64 `json:"p2"`
	Fisheye *bool    `json:"is_fisheye"`

	FT0 *float64 `json:"ftheta_p0"`
	FT1 *float64 `json:"ftheta_p1"`
	FT2 *float64 `json:"ftheta_p2"`
	FT3 *float64 `json:"ftheta_p3"`
	FT4 *float64 `json:"ftheta_p4"`

	Model           *string         `json:"camera_model"`
	Distortion      []float64       `json:"distortion_params"` // k1 k2 k3 k4 p1 p2
	LatLong         json.RawMessage `json:"latlong"`
	Equirectangular json.RawMessage `json:"equirectangular"`
	Orthographic    json.RawMessage `json:"orthographic"`
}

// over returns the keys with those set in frame replacing them.
func (k lensKeys) over(frame lensKeys) lensKeys {
	// A frame that names any focal key for an axis replaces the top's choice, whatever form that had.
	if frame.XFov != nil || frame.FlX != nil || frame.AngleX != nil || frame.YFov != nil || frame.FlY != nil || frame.AngleY != nil {
		k.XFov, k.FlX, k.AngleX, k.YFov, k.FlY, k.AngleY = frame.XFov, frame.FlX, frame.AngleX, frame.YFov, frame.FlY, frame.AngleY
	}
	for _, p := range []struct {
		dst **float64
		src *float64
	}{
		{&k.CX, frame.CX}, {&k.CY, frame.CY}, {&k.W, frame.W}, {&k.H, frame.H},
		{&k.K1, frame.K1}, {&k.K2, frame.K2}, {&k.K3, frame.K3}, {&k.K4, frame.K4}, {&k.P1, frame.P1}, {&k.P2, frame.P2},
		{&k.FT0, frame.FT0}, {&k.FT1, frame.FT1}, {&k.FT2, frame.FT2}, {&k.FT3, frame.FT3}, {&k.FT4, frame.FT4},
	} {
		if p.src != nil {
			*p.dst = p.src
		}
	}
	if frame.Fisheye != nil {
		k.Fisheye = frame.Fisheye
	}
	if frame.Model != nil {
		k.Model = frame.Model
	}
	if frame.Distortion != nil {
		k.Distortion = frame.Distortion
	}
	for _, p := range []struct {
		dst *json.RawMessage
		src json.RawMessage
	}{{&k.LatLong, frame.LatLong}, {&k.Equirectangular, frame.Equirectangular}, {&k.Orthographic, frame.Orthographic}} {
		if p.src != nil {
			*p.dst = p.src
		}
	}
	return k
}

// frameJSON is one entry of "frames".
type frameJSON struct {
	lensKeys
	FilePath  string      `json:"file_path"`
	Matrix    [][]float64 `json:"transform_matrix"`
	Start     [][]float64 `json:"transform_matrix_start"`
	End       [][]float64 `json:"transform_matrix_end"`
	Sharpness *float64    `json:"sharpness"`
	DepthPath string      `json:"depth_path"`
	DepthFile string      `json:"depth_file_path"` // nerfstudio's name
	MaskPath  string      `json:"mask_path"`
	Driver    *driverJSON `json:"driver_parameters"`
}

// driverJSON is what else was set when a picture was taken: the direction of the light.
type driverJSON struct {
	LightX, LightY, LightZ *float64
}

// transformsJSON is a transforms file: NeRF-synthetic, instant-ngp or nerfstudio.
type transformsJSON struct {
	lensKeys
	Frames            []frameJSON     `json:"frames"`
	AABBScale         *float64        `json:"aabb_scale"`
	Scale             *float64        `json:"scale"`
	Offset            json.RawMessage `json:"offset"`
	AABB              [][]float64     `json:"aabb"`
	RenderAABB        [][]float64     `json:"render_aabb"`
	Up                []float64       `json:"up"`
	NFrames           *float64        `json:"n_frames"`
	SharpnessDiscard  float64         `json:"sharpness_discard_threshold"`
	FromMitsuba       json.RawMessage `json:"from_mitsuba"`
	WhiteTransparent  bool            `json:"white_transparent"`
	BlackTransparent  bool            `json:"black_transparent"`
	EnableDepth       *bool           `json:"enable_depth_loading"`
	IntegerDepthScale *float64        `json:"integer_depth_scale"`
	RollingShutter    []float64       `json:"rolling_shutter"`
	Envmap            string          `json:"envmap"`
	AppliedTransform  [][]float64     `json:"applied_transform"`
	AppliedScale      *float64        `json:"applied_scale"`
	TrainFilenames    []string        `json:"train_filenames"`
	ValFilenames      []string        `json:"val_filenames"`
	TestFilenames     []string        `json:"test_filenames"`
	Sharpen           *float64        `json:"sharpen"`
	FixPremult        json.RawMessage `json:"fix_premult"`
	ExtraDims         *float64        `json:"n_extra_learnable_dims"`
	EnableRays        *bool           `json:"enable_ray_loading"`

	studio bool // a file names a camera_model
}

// truthy reports whether a key is present with something other than false, 0 or null.
func truthy(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", "0":
		return false
	}
	return true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// matrix4 checks a 4x4 (or 3x4) matrix and that its rotation can be inverted.
func matrix4(m [][]float64, key string) (out [4][4]float64, err error) {
	if m == nil {
		return out, fmt.Errorf("%s is missing", key)
	}
	if len(m) != 4 && len(m) != 3 {
		return out, fmt.Errorf("%s has %d rows, 4 are needed", key, len(m))
	}
	out[3][3] = 1
	for r, row := range m {
		if len(row) != 4 {
			return out, fmt.Errorf("%s row %d has %d values, 4 are needed", key, r, len(row))
		}
		for c, v := range row {
			// Values past float32 would become infinite in the pose.
			if !finite(v) || math.Abs(v) > 1e30 {
				return out, fmt.Errorf("%s[%d][%d] = %v is not a usable number", key, r, c, v)
			}
			out[r][c] = v
		}
	}
	col := func(c int) Vec3 { return Vec3{out[0][c], out[1][c], out[2][c]} }
	norm := 1.0
	for c := 0; c < 3; c++ {
		norm *= math.Sqrt(dot(col(c), col(c)))
	}
	// |det| / product of column lengths is 1 for a rotation; below 1e-4 two axes agree within a hundredth of a degree.
	if det := dot(col(0), cross(col(1), col(2))); norm < 1e-18 || !(math.Abs(det)/norm > 1e-4) {
		return out, fmt.Errorf("%s is singular (determinant %.3g)", key, det)
	}
	return out, nil
}

// vec3 checks a list of three finite numbers.
func vec3(v []float64, key string) (out [3]float64, err error) {
	if len(v) != 3 {
		return out, fmt.Errorf("%s has %d values, 3 are needed", key, len(v))
	}
	for i, x := range v {
		if !finite(x) {
			return out, fmt.Errorf("%s[%d] = %v is not a usable number", key, i, x)
		}
		out[i] = x
	}
	return out, nil
}

// box checks [[min], [max]].
func box(b [][]float64, key string) (lo, hi [3]float64, err error) {
	if len(b) != 2 {
		return lo, hi, fmt.Errorf("%s needs [[min], [max]], it has %d rows", key, len(b))
	}
	if lo, err = vec3(b[0], key+"[0]"); err != nil {
		return lo, hi, err
	}
	if hi, err = vec3(b[1], key+"[1]"); err != nil {
		return lo, hi, err
	}
	for i := range lo {
		if !(hi[i] > lo[i]) {
			return lo, hi, fmt.Errorf("%s is empty along axis %d: %v to %v", key, i, lo[i], hi[i])
		}
	}
	return lo, hi, nil
}

// transform works out scale and offset: the defaults, replaced by aabb, replaced by scale and offset themselves.
func (t *transformsJSON) transform() (Transform, error) {
	tr := DefaultTransform()
	if truthy(t.FromMitsuba) {
		tr = MitsubaTransform()
	}
	if t.AABB != nil {
		lo, hi, err := box(t.AABB, "aabb")
		if err != nil {
			return tr, err
		}
		edge := math.Max(hi[0]-lo[0], math.Max(hi[1]-lo[1], hi[2]-lo[2]))
		tr.Scale = float32(1 / edge)
		for i := range lo {
			tr.Offset[i] = float32(0.5 - (lo[i]+hi[i])/2/edge)
		}
	}
	if t.Scale != nil {
		if !finite(*t.Scale) || *t.Scale <= 0 {
			return tr, fmt.Errorf("scale = %v, a positive number is needed", *t.Scale)
		}
		tr.Scale = float32(*t.Scale)
		if tr.Mitsuba && t.AABB == nil {
			for i := range tr.Offset {
				tr.Offset[i] = tr.Scale / 4
			}
		}
	}
	if len(t.Offset) > 0 && string(t.Offset) != "null" {
		var s float64
		if json.Unmarshal(t.Offset, &s) == nil {
			tr.Offset = [3]float32{float32(s), float32(s), float32(s)}
		} else {
			var v []float64
			if json.Unmarshal(t.Offset, &v) != nil {
				return tr, fmt.Errorf("offset = %.40s, a number or three numbers are needed", t.Offset)
			}
			o, err := vec3(v, "offset")
			if err != nil {
				return tr, err
			}
			tr.Offset = [3]float32{float32(o[0]), float32(o[1]), float32(o[2])}
		}
	}
	for _, v := range append(tr.Offset[:], tr.Scale) {
		if f := float64(v); !finite(f) {
			return tr, fmt.Errorf("scale %v, offset %v are not usable", tr.Scale, tr.Offset)
		}
	}
	if tr.Scale == 0 {
		return tr, fmt.Errorf("scale is too small")
	}
	return tr, nil
}

// maxAABBScale is the largest that the occupancy grid's cascades allow.
const maxAABBScale = 128

// aabbScale checks the power of two.
func (t *transformsJSON) aabbScale() (int, error) {
	if t.AABBScale == nil {
		return 1, nil
	}
	for s := 1; s <= maxAABBScale; s *= 2 {
		if *t.AABBScale == float64(s) {
			return s, nil
		}
	}
	return 0, fmt.Errorf("aabb_scale = %v, a power of two from 1 to 128 is needed", *t.AABBScale)
}

// suffix is the part of a JSON name after its last underscore, the folder of frames that name no file.
func suffix(path string) string {
	name := filepath.Base(path)
	name = name[:len(name)-len(filepath.Ext(name))]
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '_' {
			return name[i+1:]
		}
	}
	return name
}
