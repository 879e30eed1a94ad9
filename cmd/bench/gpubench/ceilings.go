// Package gpubench times the fused NeRF kernels on a Vulkan device and measures the device's ceilings beside them: fp16
// matrix products and random loads.
package gpubench

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/spirv"
	"github.com/radia-go/radia/gpu/vulkan"
)

//go:generate ./build.sh

//go:embed matrix_peak.spv
var matrixPeak []byte

//go:embed gather_rate.spv
var gatherRate []byte

// Ceilings are rates of the device, each the median of repeats.
type Ceilings struct {
	TeraFLOPS   float64 // fp16 products with fp32 sums in cooperative matrices, 0 where there are none
	GigaGathers float64 // random 8-byte loads from a table of GatherBytes
}

// GatherBytes is the table of the gather ceiling: the size of a hash grid of 8 levels, 2^19 rows and 4 halves a row.
const GatherBytes = 24 << 20

func ceiling(name string, code []byte, needs ...string) (*gpu.Kernel, error) {
	r, err := spirv.Reflect(code)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &gpu.Kernel{Name: name, Layout: r.Layout,
		Variants: []gpu.Variant{{Needs: needs, SPIRV: func() []byte { return code }}}}, nil
}

func words(v ...uint32) []byte {
	var out []byte
	for _, w := range v {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

// measure returns the median device time of one dispatch.
func measure(d *vulkan.Device, r *gpu.Recording, kernel string, repeats int) (time.Duration, error) {
	var times []time.Duration
	for i := range repeats + 2 { // two to warm up
		before := d.Stats()[kernel]
		if err := d.Submit(r); err != nil {
			return 0, err
		}
		if err := d.Wait(); err != nil {
			return 0, err
		}
		after := d.Stats()[kernel]
		n := after.Dispatches - before.Dispatches
		if n == 0 {
			return 0, fmt.Errorf("the device did not run %s", kernel)
		}
		if i >= 2 {
			times = append(times, (after.Time-before.Time)/time.Duration(n))
		}
	}
	slices.Sort(times)
	t := times[len(times)/2]
	if t <= 0 {
		return 0, fmt.Errorf("%s: the device reports no times", kernel)
	}
	return t, nil
}

// MeasureCeilings measures with work chosen so that a dispatch takes about work of the given scale (1 for a software
// device, 1000 for a large GPU).
func MeasureCeilings(d *vulkan.Device, scale, repeats int) (Ceilings, error) {
	var c Ceilings
	lim := &d.Info().Limits
	groups := 8 * max(lim.ComputeUnits, 1)
	out, err := d.NewBuffer("ceiling", 4*256*groups)
	if err != nil {
		return c, err
	}
	defer out.Release()
	table, err := d.NewBuffer("table", GatherBytes)
	if err != nil {
		return c, err
	}
	defer table.Release()

	k, err := ceiling("gather_rate", gatherRate)
	if err != nil {
		return c, err
	}
	rounds := max(4, scale/2)
	r := gpu.NewRecording("gather rate")
	r.Dispatch(k, [3]uint32{uint32(groups), 1, 1}, words(uint32(rounds), GatherBytes/8, 0), k.Layout.SpecValues(nil), gpu.All(table), gpu.All(out))
	t, err := measure(d, r, k.Name, repeats)
	if err != nil {
		return c, err
	}
	c.GigaGathers = float64(groups) * 256 * float64(rounds) * 8 / t.Seconds() * 1e-9

	shape, ok := d.Info().Features.CoopShape()
	if !ok {
		return c, nil
	}
	if k, err = ceiling("matrix_peak", matrixPeak, "coop", "float16", "subgroup"); err != nil {
		return c, err
	}
	rounds = max(4, 4*scale)
	r = gpu.NewRecording("matrix peak")
	r.Dispatch(k, [3]uint32{uint32(groups), 1, 1}, words(uint32(rounds), 0), k.Layout.SpecValues(nil), gpu.All(out))
	if t, err = measure(d, r, k.Name, repeats); err != nil {
		return c, err
	}
	products := float64(groups) * 256 / float64(lim.SubgroupSize) * float64(rounds) * 8
	c.TeraFLOPS = products * 2 * float64(shape.M*shape.N*shape.K) / t.Seconds() * 1e-12
	return c, nil
}
