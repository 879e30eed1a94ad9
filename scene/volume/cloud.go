package volume

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"sync"

	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/pcg32"
)

// MinCloud and MaxCloud bound the longest edge of a procedural cloud in voxels.
const (
	MinCloud = 8
	MaxCloud = 1024
)

// Cloud makes a cloud of n voxels along its longest edge, half as high and two thirds as deep, without any file: a heap of
// puffs on a flat base, their border eaten away by five octaves of value noise. The seed chooses puffs and noise.
func Cloud(n int, seed uint64) (*Volume, error) {
	return makeCloud(n, CloudOptions{Seed: seed})
}

// CloudOptions say how a cloud is made.
type CloudOptions struct {
	Ctx      context.Context // ends the work early with its error; nil never does
	Seed     uint64
	Progress func(done, total int) // called after each slice, from many goroutines but from one at a time
}

func makeCloud(n int, o CloudOptions) (*Volume, error) {
	if n < MinCloud || n > MaxCloud {
		return nil, fmt.Errorf("a cloud of %d voxels along its edge; %d to %d are possible", n, MinCloud, MaxCloud)
	}
	dims := [3]int{n, n / 2, n * 2 / 3}
	values := cloudValues(dims, o)
	if o.Ctx != nil && o.Ctx.Err() != nil {
		return nil, o.Ctx.Err()
	}
	v := &Volume{Format: "cloud", Codec: "none", Type: "float16", Up: 1, Spacing: [3]float64{1, 1, 1}}
	var err error
	if v.Density, err = fromDense(dims, func(i int) float32 { return f16.To32(f16.Bits(values[i])) }); err != nil {
		return nil, err
	}
	return v.finish()
}

// puff is a ball of a cloud, in units of its longest edge.
type puff struct {
	centre vec
	radius float64
}

func puffs(seed uint64) []puff {
	rng := pcg32.Split(seed, 0)
	out := []puff{{vec{0.5, 0.2, 0.33}, 0.17}}
	for range 28 {
		a, r := 2*math.Pi*uniform(&rng), math.Sqrt(uniform(&rng))
		p := puff{centre: vec{0.5 + 0.3*r*math.Cos(a), 0, 0.33 + 0.19*r*math.Sin(a)}}
		p.radius = (0.05 + 0.07*uniform(&rng)) * (1.2 - 0.5*r)
		p.centre[1] = 0.1 + (0.26-p.radius)*uniform(&rng)*(1-0.6*r)
		out = append(out, p)
	}
	return out
}

// cloudValues are the densities as halves, x fastest; incomplete where the work was ended.
func cloudValues(dims [3]int, o CloudOptions) []uint16 {
	out := make([]uint16, dims[0]*dims[1]*dims[2])
	heap, noise := puffs(o.Seed), o.Seed*0x9e3779b97f4a7c15+1
	var mu sync.Mutex
	done := 0
	parallel(dims[2], func(z int) {
		if o.Ctx != nil && o.Ctx.Err() != nil {
			return
		}
		for y := range dims[1] {
			for x := range dims[0] {
				p := scale(vec{float64(x) + 0.5, float64(y) + 0.5, float64(z) + 0.5}, 1/float64(dims[0]))
				out[(z*dims[1]+y)*dims[0]+x] = uint16(f16.From32(float32(cloudDensity(p, heap, noise))))
			}
		}
		if o.Progress != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			o.Progress(done, dims[2])
		}
	})
	return out
}

// cloudDensity is the density at a point: from the depth below the border of the heap, moved by noise, to 1.
func cloudDensity(p vec, heap []puff, noise uint64) float64 {
	depth := math.Inf(-1)
	for _, b := range heap {
		depth = max(depth, b.radius-length(sub(p, b.centre)))
	}
	depth = min(depth, (p[1]-0.07)*1.5) // the base is flat
	if depth < -0.06 {
		return 0
	}
	sum, size, weight := 0.0, 10.0, 0.5
	for octave := range 5 {
		sum += weight * (2*valueNoise(scale(p, size), noise+uint64(octave)) - 1)
		size, weight = size*2.1, weight*0.55
	}
	return min(max((depth+0.05*sum)/0.04, 0), 1)
}

// valueNoise interpolates random values at the points of a lattice smoothly; it lies from 0 to 1.
func valueNoise(p vec, seed uint64) float64 {
	var cell [3]int64
	var f vec
	for k := range p {
		fl := math.Floor(p[k])
		t := p[k] - fl
		cell[k], f[k] = int64(fl), t*t*(3-2*t)
	}
	sum := 0.0
	for corner := range 8 {
		h, w := seed, 1.0
		for k := range 3 {
			bit := int64(corner >> k & 1)
			w *= 1 - f[k] + float64(bit)*(2*f[k]-1)
			h = (h ^ uint64(cell[k]+bit)) * 0x9e3779b97f4a7c15
			h ^= h >> 29
		}
		h *= 0xbf58476d1ce4e5b9
		sum += w * float64(h>>11) * 0x1p-53
	}
	return sum
}

func length(a vec) float64 { return math.Sqrt(dot(a, a)) }

// WriteCloud writes the cloud as raw voxels, NAME.raw beside the description NAME.json that path names.
func WriteCloud(path string, n int, o CloudOptions) error {
	v, err := makeCloud(n, o)
	if err != nil {
		return err
	}
	dims := v.Density.Dims()
	raw := path[:len(path)-len(filepath.Ext(path))] + ".raw"
	if err := atomicfile.WriteFunc(raw, func(w io.Writer) error {
		row := make([]byte, 2*dims[0])
		for i := range dims[1] * dims[2] {
			for x := range dims[0] {
				binary.LittleEndian.PutUint16(row[2*x:], uint16(f16.From32(v.Density.At(x, i%dims[1], i/dims[1]))))
			}
			if _, err := w.Write(row); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	text, err := json.MarshalIndent(map[string]any{"file": filepath.Base(raw), "dims": dims, "dtype": "float16", "up": "y"}, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(text, '\n'))
}
