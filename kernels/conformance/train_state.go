package conformance

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(trainBegin); add(trainEnd); add(scans) }

// specs are the default specialization values.
func specs(k *gpu.Kernel) []uint32 { return k.Layout.SpecValues(nil) }

// stateWords are the words of a state as an exact expectation.
func stateWords(s kernels.TrainState) []uint32 {
	return append([]uint32(nil), unsafe.Slice((*uint32)(unsafe.Pointer(&s)), unsafe.Sizeof(s)/4)...)
}

func stateArg(s kernels.TrainState) check.Arg { return check.In(stateWords(s)) }

func trainBegin() []*check.Case {
	var out []*check.Case
	for _, v := range []struct{ rays, kept, batch, max, want uint32 }{
		{4096, 0, 1 << 18, 1 << 18, 4096},         // the first step
		{4096, 1 << 18, 1 << 18, 1 << 18, 4096},   // exactly filled
		{4096, 262145, 1 << 18, 1 << 18, 4096},    // 4095.98 rounds up to 4096
		{4096, 100000, 1 << 18, 1 << 18, 10752},   // 10737.4
		{262144, 1, 1 << 18, 1 << 18, 1 << 18},    // 2^36: the quotient does not fit a word
		{200000, 70000, 1 << 18, 1 << 18, 262144}, // 748982, clamped
		{300, 300000, 4096, 1 << 18, 64},          // 4 rays round up
		{1 << 18, 4000000000, 1 << 18, 1 << 18, 64},
	} {
		in := kernels.NewTrainState(1337, v.rays)
		in.MeasuredKept, in.Samples, in.Kept, in.SamplesTotal, in.KeptTotal = v.kept, 7, 8, 9, 10
		in.SampleGroups, in.KeptGroups = [3]uint32{1, 2, 3}, [3]uint32{4, 5, 6}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("rays=%d kept=%d batch=%d", v.rays, v.kept, v.batch),
			Kernel: kernels.TrainBeginKernel, Groups: [3]uint32{1, 1, 1}, Spec: specs(kernels.TrainBeginKernel),
			Push: kernels.TrainBeginPush{Batch: v.batch, MaxRays: v.max, RayGroup: 64}.Bytes(),
			Args: []check.Arg{stateArg(in)},
			Oracle: func() []check.Want {
				s := in
				s.Rays = v.want
				s.Samples, s.Kept, s.SamplesTotal, s.KeptTotal = 0, 0, 0, 0
				s.RayGroups = [3]uint32{v.want / 64, 1, 1}
				s.SampleGroups, s.KeptGroups = [3]uint32{}, [3]uint32{}
				return []check.Want{{Binding: 0, Words: stateWords(s)}}
			},
			// The number of rays is one short.
			Fault: func(c *gpu.Call) {
				kernels.TrainBeginKernel.Twin(c)
				gpu.View[kernels.TrainState](c.Bind[0])[0].Rays--
			},
		})
	}
	return out
}

func trainEnd() []*check.Case {
	const seed = 21
	var out []*check.Case
	for _, rays := range []int{1, 255, 256, 3001} {
		rng := pcg32.New(seed)
		in := kernels.NewTrainState(1337, uint32(rays))
		in.Step, in.Samples, in.SamplesTotal, in.Kept, in.KeptTotal = 5, 100, 150, 80, 80
		results := make([]kernels.RayResult, rays+3)
		for i := range results {
			results[i].Loss = rng.Float32()
		}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("rays=%d seed=%d", rays, seed),
			Kernel: kernels.TrainEndKernel, Groups: [3]uint32{1, 1, 1}, Spec: specs(kernels.TrainEndKernel),
			Push: kernels.TrainEndPush{NLosses: 4}.Bytes(),
			Args: []check.Arg{stateArg(in), check.In(results), check.In([]float32{9, 9, 9, 9})},
			Oracle: func() []check.Want {
				s := in
				s.Flags = kernels.FlagSamplesDropped
				s.MeasuredSamples, s.MeasuredKept, s.Step = 150, 80, 6
				rng := pcg32.New(1337)
				rng.Jump()
				s.RngLo, s.RngHi = uint32(rng.State), uint32(rng.State>>32)
				sum := 0.0
				for _, r := range results[:rays] {
					sum += float64(r.Loss)
				}
				mean := sum / float64(rays)
				// rays/256+9 additions in a chain of positive numbers, one division.
				tol := mean * (float64(rays)/256 + 12) / (1 << 24)
				return []check.Want{{Binding: 0, Words: stateWords(s)},
					{Binding: 2, Value: []float64{9, mean, 9, 9}, Tol: []float64{0, tol, 0, 0}}}
			},
			// The last ray's loss is left out.
			Fault: func(c *gpu.Call) {
				s := &gpu.View[kernels.TrainState](c.Bind[0])[0]
				s.Rays--
				kernels.TrainEndKernel.Twin(c)
				s.Rays++
			},
		})
	}
	return out
}

func scans() []*check.Case {
	const seed = 22
	var out []*check.Case
	for _, v := range []struct {
		n        int
		capacity uint32
	}{{1, 1000}, {1, 0}, {1023, 1 << 20}, {1024, 5000}, {1025, 1 << 20}, {5000, 20000}, {70000, 1 << 30}} {
		rng := pcg32.New(seed)
		values := make([]uint32, v.n+5) // those beyond n must not count
		for i := range values {
			if values[i] = rng.Uint32() % 50; values[i] > 40 {
				values[i] = 0
			}
		}
		state := make([]uint32, 32)
		for i := range state {
			state[i] = uint32(1000 + i)
		}
		state[kernels.StateRays] = uint32(v.n)
		blocks := (v.n + 5 + 1023) / 1024
		sums := make([]uint32, blocks)
		offsets := make([]uint32, v.n+5)
		var total, clamped uint32
		full := false
		for i := range offsets {
			if offsets[i] = 0xFFFFFFFF; i >= v.n {
				continue
			}
			offsets[i] = total
			sums[i/1024] += values[i]
			if total+values[i] > v.capacity && !full {
				clamped, full = total, true
			}
			total += values[i]
		}
		if !full {
			clamped = total
		}
		after := append([]uint32(nil), state...)
		after[kernels.StateSamples], after[kernels.StateSamplesTotal] = clamped, total
		after[kernels.StateSampleGroups], after[kernels.StateSampleGroups+1], after[kernels.StateSampleGroups+2] = (clamped+127)/128, 1, 1
		if clamped == 0 {
			after[kernels.StateSampleGroups+1] = 0
		}
		name := fmt.Sprintf("n=%d capacity=%d seed=%d", v.n, v.capacity, seed)
		groups := [3]uint32{uint32(blocks), 1, 1}
		out = append(out, &check.Case{
			Name: name, Kernel: kernels.ScanBlocksKernel, Groups: groups, Spec: specs(kernels.ScanBlocksKernel),
			Push:   kernels.ScanBlocksPush{CountIndex: kernels.StateRays}.Bytes(),
			Args:   []check.Arg{check.In(values), check.In(state), check.Out(blocks)},
			Oracle: func() []check.Want { return []check.Want{{Binding: 2, Words: sums}} },
			// One value too many.
			Fault: func(c *gpu.Call) {
				gpu.View[uint32](c.Bind[0])[0]++
				kernels.ScanBlocksKernel.Twin(c)
				gpu.View[uint32](c.Bind[0])[0]--
			},
		}, &check.Case{
			Name: name, Kernel: kernels.ScanKernel, Groups: groups, Spec: specs(kernels.ScanKernel),
			Push: kernels.ScanSamples(v.capacity, 128).Bytes(),
			Args: []check.Arg{check.In(values), check.In(sums), check.In(state), check.Out(v.n + 5)},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 2, Words: after}, {Binding: 3, Words: offsets}}
			},
			// An inclusive sum.
			Fault: func(c *gpu.Call) {
				kernels.ScanKernel.Twin(c)
				for i := range v.n {
					o := gpu.View[uint32](c.Bind[3])
					o[i] += values[i] + 1
				}
			},
		})
	}
	return out
}

// floatAt decodes word i of downloaded bytes.
func floatAt(b []byte, i int) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
}

func wordAt(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
