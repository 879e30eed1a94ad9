// Package config reads the JSON that describes a neural field: its encodings, networks, optimiser and loss, in the
// format of instant-ngp and tiny-cuda-nn.
//
// A configuration says nothing about the scene. ForNeRF, ForSDF, ForImage and ForVolume make it concrete: they
// choose the growth of the grid and the numbers of inputs and outputs. Layout then says where every parameter is,
// and Layout.Init gives the parameters their first values.
//
// An unknown key, a value out of range and a misspelt name are errors that name the file and the key, because a key
// that is silently ignored costs a training run.
package config

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/radia-go/radia/kernels/enc"
)

// Mode is the kind of field.
type Mode string

// The modes, by their names in snapshots.
const (
	NeRF   Mode = "nerf"
	SDF    Mode = "sdf"
	Image  Mode = "image"
	Volume Mode = "volume"
)

// Config is a network configuration.
type Config struct {
	Name  string   // what it was loaded as
	Files []string // the file and its parents, nearest first

	Loss      Loss
	Optimizer Optimizer
	Encoding  Encoding // of the position
	Network   Network  // of the density (NeRF), or the only network

	DirEncoding Encoding // NeRF only, else nil
	RGBNetwork  *Network // NeRF only, else nil

	DistortionMap *DistortionMap // nil where the configuration has none
	Envmap        *Envmap        // nil where the configuration has none

	// Set by ForNeRF, ForSDF, ForImage and ForVolume.
	Mode    Mode
	PosDims int // inputs of Encoding
	DirDims int // inputs of DirEncoding: 3 and the extra dimensions of the data set
	Outputs int // outputs of the field: 4 (NeRF: red, green, blue, density), 1 (SDF), 3 (image), 4 (volume)

	merged map[string]any
}

// DistortionMap is the trainable distortion of the camera.
type DistortionMap struct {
	Resolution [2]int
	Optimizer  Optimizer
}

// Envmap is the trainable environment.
type Envmap struct {
	Loss      Loss
	Optimizer Optimizer
}

func decode(d *decoder, tree map[string]any) (*Config, error) {
	c := &Config{merged: tree}
	r := d.root(tree)
	r.known["parent"] = true
	if n := r.required("encoding"); n != nil {
		c.Encoding = n.encoding(0)
	}
	if n := r.required("network"); n != nil {
		c.Network = n.network()
	}
	if n := r.object("dir_encoding"); n != nil {
		c.DirEncoding = n.encoding(0)
	}
	if n := r.object("rgb_network"); n != nil {
		net := n.network()
		c.RGBNetwork = &net
	}
	c.Loss = Loss{OType: "L2"}
	if n := r.object("loss"); n != nil {
		c.Loss = n.loss()
	}
	c.Optimizer = Optimizer{Adam: defaultAdam()}
	if n := r.object("optimizer"); n != nil {
		c.Optimizer = n.optimizer()
	}
	if n := r.object("distortion_map"); n != nil {
		m := &DistortionMap{Resolution: n.resolution("resolution", [2]int{32, 32})}
		if o := n.required("optimizer"); o != nil {
			m.Optimizer = o.optimizer()
		}
		n.close(nil)
		c.DistortionMap = m
	}
	if n := r.object("envmap"); n != nil {
		m := &Envmap{Loss: Loss{OType: "RelativeL2"}}
		if l := n.object("loss"); l != nil {
			m.Loss = l.loss()
		}
		if o := n.required("optimizer"); o != nil {
			m.Optimizer = o.optimizer()
		}
		n.close(nil)
		c.Envmap = m
	}
	r.close(nil)
	if d.err != nil {
		return nil, d.err
	}
	return c, nil
}

// required is object, failing where the key is absent.
func (n *node) required(key string) *node {
	o := n.object(key)
	if o == nil {
		n.fail(key, "is missing")
	}
	return o
}

func (n *node) resolution(key string, def [2]int) [2]int {
	v, ok := n.take(key)
	if !ok {
		return def
	}
	list, _ := v.([]any)
	if len(list) == 2 {
		x, okX := number(list[0])
		y, okY := number(list[1])
		if okX && okY && x >= 1 && y >= 1 && x <= 16384 && y <= 16384 && x == math.Trunc(x) && y == math.Trunc(y) {
			return [2]int{int(x), int(y)}
		}
	}
	n.fail(key, "must be two whole numbers from 1 to 16384")
	return def
}

// FromTree reads the configuration held in a snapshot, whose values may be any integer or float type. Unknown keys
// are ignored; what is known is checked as in a file. name appears in errors.
func FromTree(tree map[string]any, name string) (*Config, error) {
	t := clone(tree).(map[string]any)
	delete(t, "snapshot")
	c, err := decode(&decoder{docs: []document{{name, t}}, name: name, lenient: true}, t)
	if err != nil {
		return nil, err
	}
	c.Name, c.Files = name, []string{name}
	return c, nil
}

func clone(v any) any {
	switch x := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(x))
		for k, e := range x {
			m[k] = clone(e)
		}
		return m
	case []any:
		s := make([]any, len(x))
		for i, e := range x {
			s[i] = clone(e)
		}
		return s
	}
	return v
}

// Tree returns a copy of the whole merged configuration as JSON values (nil, bool, int64, float64, string, []any,
// map[string]any), without "parent": the root of a snapshot.
func (c *Config) Tree() map[string]any { return clone(c.merged).(map[string]any) }

// MarshalJSON prints the configuration with every default filled in. Parsing it gives the same configuration.
func (c *Config) MarshalJSON() ([]byte, error) {
	t := map[string]any{
		"encoding": c.Encoding.tree(), "network": c.Network.tree(), "loss": c.Loss.tree(), "optimizer": c.Optimizer.tree(),
	}
	if c.DirEncoding != nil {
		t["dir_encoding"] = c.DirEncoding.tree()
	}
	if c.RGBNetwork != nil {
		t["rgb_network"] = c.RGBNetwork.tree()
	}
	if m := c.DistortionMap; m != nil {
		t["distortion_map"] = map[string]any{
			"resolution": []any{int64(m.Resolution[0]), int64(m.Resolution[1])}, "optimizer": m.Optimizer.tree()}
	}
	if m := c.Envmap; m != nil {
		t["envmap"] = map[string]any{"loss": m.Loss.tree(), "optimizer": m.Optimizer.tree()}
	}
	return json.Marshal(t)
}

// String is the indented JSON of MarshalJSON.
func (c *Config) String() string {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return "config: " + err.Error()
	}
	return string(b)
}

// nerfResolution is the resolution that the finest grid level reaches in a unit cube.
const nerfResolution = 2048

// ForNeRF returns the configuration made concrete for a radiance field in a cube of edge aabbScale, a power of two
// from 1 to 128. Every grid that leaves per_level_scale open gets, in float32,
//
//	b = exp( ln( 2048·aabbScale / base_resolution ) / (n_levels − 1) )
//
// and one that leaves base_resolution open gets 2^(log2_hashmap_size/dimensions), integer division, where an absent
// log2_hashmap_size counts as 15.
func (c *Config) ForNeRF(aabbScale int) (*Config, error) { return c.ForNeRFWithExtra(aabbScale, 0) }

// ForNeRFWithExtra is ForNeRF with extra inputs after the direction: light directions or per-image latents. A direction
// encoding that is no Composite encodes the direction alone, and the extra inputs are read as they are.
func (c *Config) ForNeRFWithExtra(aabbScale, extraDims int) (*Config, error) {
	if aabbScale < 1 || aabbScale > 128 || aabbScale&(aabbScale-1) != 0 {
		return nil, fmt.Errorf("%s: aabb_scale is %d; it must be a power of two from 1 to 128", c.Name, aabbScale)
	}
	if extraDims < 0 || extraDims > 256 {
		return nil, fmt.Errorf("%s: %d extra dimensions; 0 to 256 are possible", c.Name, extraDims)
	}
	if c.DirEncoding == nil || c.RGBNetwork == nil {
		return nil, fmt.Errorf("%s: a radiance field needs dir_encoding and rgb_network", c.Name)
	}
	r, err := c.forMode(NeRF, 3, 4, float32(nerfResolution)*float32(aabbScale))
	if err != nil {
		return nil, err
	}
	r.DirDims = 3 + extraDims
	directions := c.DirEncoding
	if _, composite := directions.(Composite); extraDims > 0 && !composite {
		directions = Composite{Nested: []Part{{Encoding: directions, Dims: 3, Begin: -1}, {Encoding: Identity{Scale: 1}, Dims: extraDims, Begin: -1}}, Reduction: "Concatenation"}
	}
	r.DirEncoding, err = resolved(directions, r.DirDims, nerfResolution)
	if err != nil {
		return nil, fmt.Errorf("%s: dir_encoding: %w", c.Name, err)
	}
	if r.Network.OutputDims == 0 {
		r.Network.OutputDims = 16
	}
	r.RGBNetwork = new(Network)
	*r.RGBNetwork = *c.RGBNetwork
	if err := r.RGBNetwork.setOutputs(3); err != nil {
		return nil, fmt.Errorf("%s: rgb_network: %w", c.Name, err)
	}
	return r, nil
}

// ForSDF returns the configuration made concrete for a signed distance field: 3 inputs, 1 output, finest
// resolution 2048.
func (c *Config) ForSDF() (*Config, error) { return c.single(SDF, 3, 1, nerfResolution) }

// ForImage returns the configuration made concrete for an image: 2 inputs, 3 outputs, finest resolution
// max(width,height)/2.
func (c *Config) ForImage(width, height int) (*Config, error) {
	if width < 1 || height < 1 || width > 1<<24 || height > 1<<24 {
		return nil, fmt.Errorf("%s: an image of %d x %d pixels", c.Name, width, height)
	}
	return c.single(Image, 2, 3, float32(max(width, height))/2)
}

// ForVolume returns the configuration made concrete for a volume of which the longest edge has so many voxels:
// 3 inputs, 4 outputs (red, green, blue, density).
func (c *Config) ForVolume(longest float32) (*Config, error) {
	if !(longest >= 1 && longest <= 1<<24) {
		return nil, fmt.Errorf("%s: a volume of %v voxels", c.Name, longest)
	}
	return c.single(Volume, 3, 4, longest)
}

func (c *Config) single(mode Mode, inputs, outputs int, finest float32) (*Config, error) {
	r, err := c.forMode(mode, inputs, outputs, finest)
	if err != nil {
		return nil, err
	}
	if err := r.Network.setOutputs(outputs); err != nil {
		return nil, fmt.Errorf("%s: network: %w", c.Name, err)
	}
	r.DirEncoding, r.RGBNetwork = nil, nil
	return r, nil
}

func (c *Config) forMode(mode Mode, inputs, outputs int, finest float32) (*Config, error) {
	r := *c
	r.Mode, r.PosDims, r.Outputs = mode, inputs, outputs
	var err error
	if r.Encoding, err = resolved(c.Encoding, inputs, finest); err != nil {
		return nil, fmt.Errorf("%s: encoding: %w", c.Name, err)
	}
	return &r, nil
}

func (n *Network) setOutputs(outputs int) error {
	if n.OutputDims != 0 && n.OutputDims != outputs {
		return fmt.Errorf("n_output_dims is %d; this field has %d", n.OutputDims, outputs)
	}
	n.OutputDims = outputs
	return nil
}

func (g Grid) resolved(dims int, finest float32) Grid {
	if g.BaseResolution == 0 {
		log2T := g.Log2HashmapSize
		if log2T == 0 {
			log2T = 15 // this rule has a default of its own
		}
		g.BaseResolution = 1 << (log2T / max(dims, 1))
	}
	if g.Kind == enc.GridHash && g.Log2HashmapSize == 0 {
		g.Log2HashmapSize = 19
	}
	if g.PerLevelScale <= 0 {
		g.PerLevelScale = 2
		if g.Levels > 1 {
			ln := float32(math.Log(float64(finest / float32(g.BaseResolution))))
			g.PerLevelScale = float32(math.Exp(float64(ln / float32(g.Levels-1))))
		}
	}
	return g
}

// Geometry is the shape of the grid in so many dimensions. The grid must have been made concrete.
func (g Grid) Geometry(dims int) enc.GridGeometry {
	return enc.GridGeometry{Kind: g.Kind, Dims: dims, Levels: g.Levels, FeaturesPerLevel: g.FeaturesPerLevel,
		Log2HashmapSize: g.Log2HashmapSize, BaseResolution: g.BaseResolution, PerLevelScale: g.PerLevelScale}
}
