package volume

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/radia-go/radia/internal/f16"
)

// Description is a JSON file that says what raw voxels are, or adds to what another volume says of itself.
type Description struct {
	// File holds the voxels; by default the file beside the description whose name is the same but for the ending.
	File string `json:"file"`
	// Dims are voxels along x, y and z; x is fastest in the file.
	Dims [3]int `json:"dims"`
	// DType is one of uint8, int8, uint16, int16, uint32, int32, float16, float32, float64.
	DType      string     `json:"dtype"`
	Endianness string     `json:"endianness"` // little (the default) or big
	Offset     int64      `json:"offset"`     // first byte of the voxels
	Spacing    [3]float64 `json:"spacing"`
	// Channels name the values of each voxel, which lie side by side: density, emission; others are skipped.
	Channels []string `json:"channels"`
	Up       string   `json:"up"`   // x, y or z, or -x, -y, -z
	Scan     *bool    `json:"scan"` // values that need a transfer function; by default those of integer types
	Medium   Settings `json:"medium"`
}

// rawShape is how voxels lie in a file.
type rawShape struct {
	dims     [3]int
	dtype    string
	order    binary.ByteOrder
	channels int
}

var dtypeBytes = map[string]int64{"uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4, "float16": 2, "float32": 4, "float64": 8}

// check refuses shapes whose size could not be computed.
func (r *rawShape) check() error {
	n := int64(1)
	for _, d := range r.dims {
		if d < 1 || int64(d) > maxFile/n {
			return fmt.Errorf("a volume of %d x %d x %d voxels", r.dims[0], r.dims[1], r.dims[2])
		}
		n *= int64(d)
	}
	if dtypeBytes[r.dtype] == 0 {
		return fmt.Errorf("dtype %.20q; known are uint8, int8, uint16, int16, uint32, int32, float16, float32 and float64", r.dtype)
	}
	if r.channels < 1 || r.channels > 64 {
		return fmt.Errorf("%d channels; 1 to 64 are possible", r.channels)
	}
	return nil
}

// bytes is the size of all voxels.
func (r *rawShape) bytes() int64 {
	return int64(r.dims[0]) * int64(r.dims[1]) * int64(r.dims[2]) * dtypeBytes[r.dtype] * int64(r.channels)
}

// reader returns the value of a channel of voxel i.
func (r *rawShape) reader(b []byte, channel int) func(i int) float64 {
	size, step, o := int(dtypeBytes[r.dtype]), int(dtypeBytes[r.dtype])*r.channels, r.order
	b = b[channel*size:]
	switch r.dtype {
	case "uint8":
		return func(i int) float64 { return float64(b[step*i]) }
	case "int8":
		return func(i int) float64 { return float64(int8(b[step*i])) }
	case "uint16":
		return func(i int) float64 { return float64(o.Uint16(b[step*i:])) }
	case "int16":
		return func(i int) float64 { return float64(int16(o.Uint16(b[step*i:]))) }
	case "uint32":
		return func(i int) float64 { return float64(o.Uint32(b[step*i:])) }
	case "int32":
		return func(i int) float64 { return float64(int32(o.Uint32(b[step*i:]))) }
	case "float16":
		return func(i int) float64 { return float64(f16.To32(f16.Bits(o.Uint16(b[step*i:])))) }
	case "float32":
		return func(i int) float64 { return float64(math.Float32frombits(o.Uint32(b[step*i:]))) }
	}
	return func(i int) float64 { return math.Float64frombits(o.Uint64(b[step*i:])) }
}

// looksLikeDescription tells a description from other JSON.
func looksLikeDescription(b []byte) bool {
	if t := bytes.TrimLeft(b[:min(len(b), 1<<16)], " \t\r\n"); len(t) == 0 || t[0] != '{' || len(b) > 1<<16 {
		return false
	}
	var d struct{ Dims, Frames, Medium, Encoding json.RawMessage }
	return json.Unmarshal(b, &d) == nil && (d.Dims != nil || d.Medium != nil) && d.Frames == nil && d.Encoding == nil
}

func parseDescription(b []byte) (*Description, error) {
	var d Description
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return nil, fmt.Errorf("description of a volume: %s cannot be the JSON %s", te.Field, te.Value)
		}
		return nil, fmt.Errorf("description of a volume: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("description of a volume: more follows after its end")
	}
	if d.Up != "" {
		if err := new(Volume).SetUp(d.Up); err != nil {
			return nil, fmt.Errorf("description of a volume: %w", err)
		}
	}
	for _, s := range d.Spacing {
		if s < 0 || s-s != 0 {
			return nil, fmt.Errorf("description of a volume: a spacing of %v", d.Spacing)
		}
	}
	return &d, d.Medium.check()
}

// loadDescribed reads the volume that a description names.
func loadDescribed(path string, b []byte, depth int) (*Volume, error) {
	if depth > 0 {
		return nil, fmt.Errorf("is a description, not voxels")
	}
	d, err := parseDescription(b)
	if err != nil {
		return nil, err
	}
	file := d.File
	if file == "" {
		base := strings.TrimSuffix(path, filepath.Ext(path))
		if file = base; filepath.Ext(base) == "" {
			file = base + ".raw"
		}
	} else if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(path), file)
	}
	if d.Dims == ([3]int{}) { // another format
		v, err := load(file, depth+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return d.apply(v)
	}
	voxels, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, unwrapPath(err))
	}
	return d.decode(voxels)
}

// apply overrides what the file says.
func (d *Description) apply(v *Volume) (*Volume, error) {
	for k, s := range d.Spacing {
		if s > 0 {
			v.Spacing[k] = s
		}
	}
	if d.Up != "" {
		if err := v.SetUp(d.Up); err != nil {
			return nil, err
		}
	}
	if d.Scan != nil {
		v.Scan = *d.Scan
	}
	v.Settings = d.Medium
	return v.finish()
}

// decode reads raw voxels.
func (d *Description) decode(b []byte) (*Volume, error) {
	channels := d.Channels
	if len(channels) == 0 {
		channels = []string{"density"}
	}
	density, emission := slices.Index(channels, "density"), slices.Index(channels, "emission")
	if density < 0 {
		return nil, fmt.Errorf("the channels %.60q have no density", channels)
	}
	raw := rawShape{dims: d.Dims, dtype: strings.ToLower(d.DType), channels: len(channels), order: le}
	switch strings.ToLower(d.Endianness) {
	case "", "little":
	case "big":
		raw.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("endianness %.20q; want little or big", d.Endianness)
	}
	if err := raw.check(); err != nil {
		return nil, err
	}
	if d.Offset < 0 || d.Offset > int64(len(b)) || raw.bytes() > int64(len(b))-d.Offset {
		return nil, fmt.Errorf("is cut short: %d x %d x %d voxels of %d %s from byte %d on take %d bytes, the file has %d",
			d.Dims[0], d.Dims[1], d.Dims[2], raw.channels, raw.dtype, d.Offset, raw.bytes(), len(b))
	}
	v := &Volume{Format: "raw", Codec: "none", Type: raw.dtype, Up: 2, Spacing: [3]float64{1, 1, 1}, Scan: !strings.HasPrefix(raw.dtype, "float")}
	grid := func(channel int) (*Grid, error) {
		value := raw.reader(b[d.Offset:], channel)
		return fromDense(raw.dims, func(i int) float32 { return float32(value(i)) })
	}
	var err error
	if v.Density, err = grid(density); err != nil {
		return nil, err
	}
	if emission >= 0 {
		if v.Emission, err = grid(emission); err != nil {
			return nil, fmt.Errorf("emission: %w", err)
		}
	}
	if extra := int64(len(b)) - d.Offset - raw.bytes(); extra > 0 {
		v.Warnings = append(v.Warnings, fmt.Sprintf("%d bytes after the voxels are left out", extra))
	}
	return d.apply(v)
}

// rawName is the custom of naming raw voxels by their shape: skull_256x256x256_uint8.raw.
var rawName = regexp.MustCompile(`(?i)(\d{1,5})x(\d{1,5})x(\d{1,5})[_.-](u?int(?:8|16|32)|float(?:16|32|64))(le|be)?[_.-]`)

// describeRaw finds out what raw voxels are: by a description beside them, else by their name, if their size agrees.
func describeRaw(path string, size int64) (*Description, bool) {
	for _, side := range []string{strings.TrimSuffix(path, filepath.Ext(path)) + ".json", path + ".json"} {
		if st, err := os.Stat(side); side == path || err != nil || st.Size() > 1<<16 {
			continue
		}
		b, err := os.ReadFile(side)
		if err != nil || !looksLikeDescription(b) {
			continue
		}
		if d, err := parseDescription(b); err == nil && d.Dims != ([3]int{}) && (d.File == "" || filepath.Base(d.File) == filepath.Base(path)) {
			return d, true
		}
	}
	m := rawName.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return nil, false
	}
	d := &Description{DType: strings.ToLower(m[4])}
	for k := range d.Dims {
		d.Dims[k], _ = strconv.Atoi(m[1+k]) // at most five digits
	}
	if strings.EqualFold(m[5], "be") {
		d.Endianness = "big"
	}
	raw := rawShape{dims: d.Dims, dtype: d.DType, channels: 1}
	return d, raw.check() == nil && raw.bytes() == size
}
