package render

import (
	"math"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene"
)

// fieldConfig is the smallest radiance field: two dense levels of 8 and 16 vertices an axis.
const fieldConfig = `{
	"loss": {"otype": "L2"},
	"optimizer": {"otype": "Adam"},
	"encoding": {"otype": "HashGrid", "n_levels": 2, "n_features_per_level": 2, "log2_hashmap_size": 12, "base_resolution": 8, "per_level_scale": 2},
	"network": {"otype": "FullyFusedMLP", "activation": "ReLU", "output_activation": "None", "n_neurons": 16, "n_hidden_layers": 1},
	"dir_encoding": {"otype": "SphericalHarmonics", "degree": 4},
	"rgb_network": {"otype": "FullyFusedMLP", "activation": "ReLU", "output_activation": "None", "n_neurons": 16, "n_hidden_layers": 1}
}`

// u is the unit roundoff of float32.
const u = 1.0 / (1 << 24)

// parameters are those of a field, by name of what they are.
type parameters struct {
	*config.Layout
	values []float32
}

func (p *parameters) weight(m *config.MLP, matrix, row, col int, v float32) {
	w := m.Matrices[matrix]
	p.values[w.Offset+row*w.Cols+col] = v
}

// feature fills feature k of the first level with a function of the vertex's place. Between vertices 0 and 7, that is from
// x = -1/14 to 13/14, the encoding of a linear function is that function.
func (p *parameters) feature(k int, f func(x [3]float64) float64) {
	g := p.Position.Grids[0]
	l := g.Levels[0]
	for i := range l.Resolution * l.Resolution * l.Resolution {
		var x [3]float64
		for axis, v := range [3]uint32{i % 8, i / 8 % 8, i / 64} {
			x[axis] = (float64(v) - 0.5) / float64(l.Scale)
		}
		p.values[g.Offset+int(i)*g.FeaturesPerLevel+k] = float32(f(x))
	}
}

// newField makes a field of aabb_scale 1 whose parameters, zero at first, are set by fill.
func newField(t *testing.T, d gpu.Device, fill func(p *parameters)) *field.NeRF {
	t.Helper()
	return newFieldOf(t, d, fill, field.AutoPipeline)
}

// newFieldOf is newField with the kernels of a pipeline.
func newFieldOf(t *testing.T, d gpu.Device, fill func(p *parameters), pipeline field.Pipeline) *field.NeRF {
	t.Helper()
	c, err := config.Parse("test", []byte(fieldConfig))
	if err != nil {
		t.Fatal(err)
	}
	f, err := field.NewNeRF(d, c, 1, field.NeRFOptions{Pipeline: pipeline})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Release)
	p := &parameters{f.Layout, make([]float32, f.Layout.Total)}
	fill(p)
	if err := f.SetParams(p.values); err != nil {
		t.Fatal(err)
	}
	return f
}

// constant makes density exp(raw) and colours sigmoid(color) everywhere.
func constant(raw float32, color [3]float32) func(p *parameters) {
	return func(p *parameters) {
		p.feature(1, func([3]float64) float64 { return 1 })
		p.weight(&p.Density, 0, 0, 1, 1)
		p.weight(&p.Density, 1, 0, 0, raw)
		p.colors(0, color)
	}
}

// colors makes constant colours from neuron h of the density network's hidden layer, which is 1 everywhere.
func (p *parameters) colors(h int, color [3]float32) {
	p.weight(&p.Density, 1, 1, h, 1) // output 1 of the density network, which is input 1 of the colour network
	p.weight(p.RGB, 0, 0, 1, 1)
	for k, v := range color {
		p.weight(p.RGB, 1, k, 0, v)
	}
}

// ramp makes density exp(slope·n·(x-middle)) and constant colours; n has length 1.
func ramp(slope float64, n, middle [3]float64) func(p *parameters) {
	return func(p *parameters) {
		p.feature(0, func(x [3]float64) float64 {
			v := 1.0
			for k := range x {
				v += n[k] * (x[k] - middle[k])
			}
			return v
		})
		p.feature(1, func([3]float64) float64 { return 1 })
		p.weight(&p.Density, 0, 0, 0, 1)
		p.weight(&p.Density, 0, 1, 1, 1)
		p.weight(&p.Density, 1, 0, 0, float32(slope))
		p.weight(&p.Density, 1, 0, 1, -float32(slope))
		p.colors(1, [3]float32{1, 0, -1})
	}
}

// random makes clouds of colours that depend on the direction: every parameter is drawn from a seed, and the densities spread
// with contrast.
func random(seed uint64, contrast float32) func(p *parameters) {
	return func(p *parameters) {
		rng := pcg32.New(seed)
		for i := range p.values {
			p.values[i] = 2*rng.Float32() - 1
		}
		for i := range p.Density.Matrices[1].Cols {
			p.values[p.Density.Matrices[1].Offset+i] *= contrast
		}
	}
}

// everywhere is an occupancy grid without an empty cell.
func everywhere() []float32 {
	grid := make([]float32, field.GridCells)
	for i := range grid {
		grid[i] = 1000
	}
	return grid
}

// nowhere is an occupancy grid of empty cells.
func nowhere() []float32 { return make([]float32, field.GridCells) }

// middle is a box that fills the picture of testCamera.
var middle = [2][3]float32{{0.3, 0.3, 0.3}, {0.7, 0.7, 0.7}}

// newRenderer renders a field in a box with an occupancy grid. Tile 0 is 256 rays at once: a software driver runs every
// workgroup of a dispatch, also those without a ray.
func newRenderer(t *testing.T, d gpu.Device, f *field.NeRF, box [2][3]float32, grid []float32, tile int) *NeRF {
	t.Helper()
	if tile == 0 {
		tile = 256
	}
	r, err := newNeRF(d, f, box, tile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	if err := r.SetGrid(grid); err != nil {
		t.Fatal(err)
	}
	return r
}

func frameOf(t *testing.T, r *NeRF, v View) *Frame {
	t.Helper()
	f, err := r.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// testCamera looks at the middle of the unit cube from outside, at no symmetric angle.
func testCamera(width, height int) scene.Camera {
	focal := float32(height) * 2.2
	return scene.Camera{Width: width, Height: height, Focal: [2]float32{focal, focal}, Principal: [2]float32{0.48, 0.53},
		Pose: scene.LookAt(mgl32.Vec3{1.7, 0.9, -0.6}, mgl32.Vec3{0.5, 0.48, 0.53}, mgl32.Vec3{0.05, 1, 0.02})}
}

// pixelRay is the ray through the centre of pixel i in float64, of unit length, and its cosine with the viewing axis.
func pixelRay(c *scene.Camera, i int) (o, d [3]float64, cosine float64) {
	o, d, _ = c.Ray(float64(i%c.Width)+0.5, float64(i/c.Width)+0.5)
	n := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
	for k := range d {
		d[k] /= n
		cosine += d[k] * float64(c.Forward()[k])
	}
	return o, d, cosine
}
