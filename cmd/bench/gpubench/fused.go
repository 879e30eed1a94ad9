package gpubench

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/conformance"
	"github.com/radia-go/radia/kernels/enc"
)

// Preset is a published network: a hash grid and both MLPs 64 neurons wide, one and two hidden layers.
type Preset struct {
	Name             string
	Levels, Features int
	Log2Rows         int
	Growth           float32
}

// Presets are instant-ngp's NeRF configurations of 2022 and 2023 for a scene in one unit cube, and a small table.
var Presets = []Preset{
	{"ngpc-2022", 16, 2, 19, 1.3819128},
	{"ingp-2023", 8, 4, 19, 2},
	{"small", 8, 4, 15, 2},
}

// Run is one thing to measure.
type Run struct {
	Preset Preset
	Kernel string // nerf_infer, nerf_density or nerf_backward
	Points string // "random": uniform in the cube; "rays": along rays, step √3/1024
	Half   bool   // the table holds halves
	Log2N  int
	Groups int // workgroups; 0: what the launcher asks for
}

// Result is what it gave.
type Result struct {
	Run
	Variant     string
	Msamples    float64 // million samples a second
	TeraFLOPS   float64 // of the networks
	GigaGathers float64 // of table rows
}

const seed = 20261123

// Verify runs the conformance cases of a kernel on the device.
func Verify(d gpu.Device, kernel string) (cases int, err error) {
	for _, c := range conformance.Cases() {
		if c.Kernel.Name != kernel {
			continue
		}
		if _, err := c.Run(d); err != nil {
			return cases, err
		}
		cases++
	}
	if cases == 0 {
		return 0, fmt.Errorf("kernel %s has no conformance case", kernel)
	}
	return cases, nil
}

// points fills seven planes of samples.
func points(kind string, n int) []float32 {
	rng := pcg32.New(seed)
	s := make([]float32, 7*n)
	const step = 1.7320508 / 1024
	var o, d [3]float64
	left := 0
	for i := range n {
		if kind == "random" {
			for k := range 6 {
				s[k*n+i] = rng.Float32()
			}
			continue
		}
		if left == 0 { // a new ray through the cube
			left = 32 + int(rng.Float32()*64)
			size := 0.0
			for k := range 3 {
				o[k], d[k] = float64(rng.Float32()), 2*float64(rng.Float32())-1
				size += d[k] * d[k]
			}
			for k := range 3 {
				d[k] /= math.Sqrt(size)
			}
		}
		for k := range 3 {
			o[k] = math.Mod(o[k]+step*d[k]+1, 1)
			s[k*n+i], s[(3+k)*n+i] = float32(o[k]), float32((d[k]+1)/2)
		}
		left--
	}
	for i := range n {
		s[6*n+i] = step
	}
	return s
}

// uploads makes buffers and fills them.
type uploads struct {
	d    gpu.Device
	rec  *gpu.Recording
	made []gpu.Buffer
	err  error
}

func (u *uploads) buffer(name string, size int, data []byte) gpu.Bind {
	if u.err != nil {
		return gpu.Bind{}
	}
	b, err := u.d.NewBuffer(name, max(size, len(data)))
	if err != nil {
		u.err = err
		return gpu.Bind{}
	}
	u.made = append(u.made, b)
	if data != nil {
		u.rec.Upload(b, 0, data)
	}
	return gpu.All(b)
}

// Measure times one run.
func Measure(d *vulkan.Device, run Run, repeats int) (Result, error) {
	p, n := run.Preset, 1<<run.Log2N
	out := Result{Run: run}
	levels, rows, err := enc.Levels(enc.GridGeometry{Kind: enc.GridHash, Dims: 3, Levels: p.Levels, FeaturesPerLevel: p.Features,
		Log2HashmapSize: p.Log2Rows, BaseResolution: 16, PerLevelScale: p.Growth})
	if err != nil {
		return out, err
	}
	net := kernels.NeRF{Levels: p.Levels, Features: p.Features, Width: 64, DensityHidden: 1, RGBHidden: 2, Half: run.Half}
	rng := pcg32.New(seed + 1)
	weights := make([]float32, net.Weights())
	for i := range weights {
		weights[i] = (2*rng.Float32() - 1) * 0.2
	}
	table := make([]uint32, int(rows)*p.Features)
	if run.Half {
		table = table[:len(table)/2]
	}
	for i := range table {
		table[i] = math.Float32bits(rng.Float32())
		if run.Half {
			table[i] = uint32(f16.From32(rng.Float32())) | uint32(f16.From32(rng.Float32()))<<16
		}
	}
	const slices = 256
	u := &uploads{d: d, rec: gpu.NewRecording("upload")}
	defer func() {
		for _, b := range u.made {
			b.Release()
		}
	}()
	samples := u.buffer("samples", 0, gpu.Bytes(points(run.Points, n)))
	geometry := u.buffer("levels", 0, gpu.Bytes(kernels.GridLevels(levels)))
	matrices := u.buffer("weights", 0, gpu.Bytes(weights))
	rowsOf := u.buffer("table", 0, gpu.Bytes(table))
	counts := u.buffer("counts", 0, gpu.Bytes([]uint32{uint32(n)}))
	raw := u.buffer("raw", 16*n, nil)
	batch := kernels.Batch{Capacity: n, Counts: counts}
	r := gpu.NewRecording(run.Kernel)
	flop := 2 * float64(net.Weights())
	switch run.Kernel {
	case "nerf_infer":
		net.Infer(r, batch, samples, geometry, matrices, rowsOf, raw)
	case "nerf_density":
		net.Density(r, batch, samples, geometry, matrices, rowsOf, raw)
		flop = 2 * float64(net.DensityMLP().Weights())
	case "nerf_backward":
		dfeatures := u.buffer("dfeatures", 4*p.Levels*p.Features*n, nil)
		partial := u.buffer("partial", 4*slices*net.Weights(), nil)
		if u.err == nil {
			u.rec.Fill(raw.Buffer, 0, 16*n, math.Float32bits(0.25))
			net.Backward(r, batch, slices, samples, geometry, matrices, rowsOf, raw, dfeatures, partial)
		}
		flop *= 3
	default:
		return out, fmt.Errorf("no kernel %q: nerf_infer, nerf_density or nerf_backward", run.Kernel)
	}
	if u.err != nil {
		return out, u.err
	}
	if run.Groups > 0 {
		r.Commands[0].(*gpu.Dispatch).Groups = [3]uint32{uint32(run.Groups), 1, 1}
	}
	if err := d.Submit(u.rec); err != nil {
		return out, err
	}
	t, err := measure(d, r, run.Kernel, repeats)
	if err != nil {
		return out, err
	}
	out.Variant = d.Stats()[run.Kernel].Variant
	rate := float64(n) / t.Seconds()
	out.Msamples = rate * 1e-6
	out.TeraFLOPS = rate * flop * 1e-12
	out.GigaGathers = rate * float64(8*p.Levels) * 1e-9
	return out, nil
}

// OfCeiling is the result as a fraction of what the device's ceilings allow: matrix products and loads overlap at best, so
// the slower of the two decides. Points along rays share rows, so they may exceed 1.
func (r Result) OfCeiling(c Ceilings) float64 {
	worst := r.GigaGathers / c.GigaGathers
	if c.TeraFLOPS > 0 {
		worst = max(worst, r.TeraFLOPS/c.TeraFLOPS)
	}
	return worst
}
