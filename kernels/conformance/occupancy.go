package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() {
	add(occupancySamples)
	add(occupancyUpdate)
	add(occupancyMean)
	add(occupancyField)
	add(occupancyMark)
}

// randomGrid is a density grid with a share of untrainable cells and values on both sides of the threshold.
func randomGrid(seed uint64, cascades int) []float32 {
	rng := pcg32.New(seed)
	grid := make([]float32, cascades*kernels.GridCells)
	for i := range grid {
		switch u := rng.Float32(); {
		case u < 0.4:
			grid[i] = -1
		case u < 0.7:
			grid[i] = rng.Float32() * 0.0099
		default:
			grid[i] = 0.0101 + rng.Float32()
		}
	}
	return grid
}

func occupancySamples() []*check.Case {
	const seed = 51
	var out []*check.Case
	k := kernels.OccupancySamplesKernel
	for _, v := range []struct {
		cascades, stream uint32
		threshold        float32
	}{{1, 0, kernels.OccupancyUniform}, {3, 1, kernels.OccupancyBiased}} {
		const first, count, total, capacity = 777, 1000, 4096, 1024
		grid := randomGrid(seed, int(v.cascades))
		state := kernels.NewTrainState(1337, 1)
		state.GridStep = 3
		push := kernels.OccupancySamplesPush{First: first, Count: count, Total: total, Cascades: v.cascades, Capacity: capacity,
			Stream: v.stream, Threshold: v.threshold, LoX: -1.5, LoY: -1.5, LoZ: -1.5, InvX: 0.25, InvY: 0.25, InvZ: 0.25}
		out = append(out, &check.Case{
			Name:   fmt.Sprintf("cascades=%d stream=%d seed=%d", v.cascades, v.stream, seed),
			Kernel: k, Groups: kernels.Groups(count, 64), Spec: specs(k), Push: push.Bytes(),
			Args: []check.Arg{check.In(grid), stateArg(state), check.Out(3 * capacity), check.Out(count + 2)},
			Oracle: func() []check.Want {
				cells := make([]uint32, count+2)
				cells[count], cells[count+1] = math.MaxUint32, math.MaxUint32
				pos := make([][3]float64, count)
				outer := pcg32.New(1337)
				base := pcg32.New(uint64(outer.Uint32()))
				for range v.stream {
					base.Jump()
				}
				for range 4 * first {
					base.Uint32()
				}
				for at := range pos {
					i := uint32(first + at)
					level := uint32(float64(base.Float32())*float64(v.cascades)) % v.cascades
					var cell uint32
					for j := uint32(0); j < 10; j++ {
						cell = ((i+3*total)*56924617 + j*19349663 + 96925573) % (1 << 21)
						if grid[level<<21+cell] > v.threshold {
							break
						}
					}
					cells[at] = level<<21 + cell
					for d := range 3 {
						x := 0
						for b := range 7 {
							x |= int(cell>>(3*b+d)&1) << b
						}
						p := ((float64(x)+float64(base.Float32()))/128-0.5)*math.Pow(2, float64(level)) + 0.5
						pos[at][d] = (p + 1.5) / 4
					}
				}
				return []check.Want{{Binding: 2, Bytes: func(got []byte) error {
					for at, p := range pos {
						for d := range p {
							if g := floatAt(got, d*capacity+at); !(math.Abs(g-p[d]) <= 1e-6) {
								return fmt.Errorf("sample %d: got %v, want %v", at, g, p[d])
							}
						}
					}
					return nil
				}}, {Binding: 3, Words: cells}}
			},
			// The other stream.
			Fault: func(c *gpu.Call) {
				p := push
				p.Stream ^= 1
				wrong := *c
				wrong.Push = p.Bytes()
				k.Twin(&wrong)
			},
		})
	}
	return out
}

func occupancyUpdate() []*check.Case {
	const seed, count, cells = 52, 5000, 700
	rng := pcg32.New(seed)
	density, index := make([]float32, count), make([]uint32, count)
	measured := make([]uint32, cells)
	truth := make([]float64, cells)
	for i := range density {
		density[i], index[i] = rng.Float32()*30-15, rng.Uint32()%(cells-20)
		if i%100 == 7 {
			density[i] = float32(math.NaN())
			continue
		}
		truth[index[i]] = max(truth[index[i]], math.Exp(float64(density[i]))*math.Sqrt(3)/1024)
	}
	tol := make([]float64, cells)
	for i, v := range truth {
		tol[i] = 4 * v / (1 << 24) // rExp within 2.1, the constant and the product half each, and 1 to spare
	}
	splat := &check.Case{
		Name: fmt.Sprintf("count=%d seed=%d", count, seed), Kernel: kernels.OccupancySplatKernel,
		Groups: kernels.Groups(count, 64), Spec: specs(kernels.OccupancySplatKernel), Push: kernels.OccupancySplatPush{Count: count}.Bytes(),
		Args:   []check.Arg{check.In(density), check.In(index), check.In(measured)},
		Oracle: func() []check.Want { return []check.Want{{Binding: 2, Value: truth, Tol: tol}} },
		// The last write wins instead of the largest.
		Fault: func(c *gpu.Call) {
			kernels.OccupancySplatKernel.Twin(c)
			m := gpu.View[uint32](c.Bind[2])
			for i, v := range density {
				if v == v {
					m[index[i]] = math.Float32bits(float32(math.Exp(float64(v)) * math.Sqrt(3) / 1024))
				}
			}
		},
	}
	grid, temp := make([]float32, cells), make([]float32, cells)
	want, wantTol := make([]float64, cells), make([]float64, cells)
	for i := range grid {
		grid[i], temp[i] = rng.Float32()*1.5-0.5, rng.Float32()
		if want[i] = float64(grid[i]); grid[i] >= 0 {
			want[i] = max(float64(grid[i])*float64(float32(0.95)), float64(temp[i]))
			wantTol[i] = 1.0 / (1 << 24)
		}
	}
	decay := &check.Case{
		Name: fmt.Sprintf("count=%d seed=%d", cells, seed), Kernel: kernels.OccupancyDecayKernel,
		Groups: kernels.Groups(cells, 64), Spec: specs(kernels.OccupancyDecayKernel),
		Push: kernels.OccupancyDecayPush{Count: cells, Decay: 0.95}.Bytes(),
		Args: []check.Arg{check.In(grid), check.In(temp)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 0, Value: want, Tol: wantTol}, {Binding: 1, Words: make([]uint32, cells)}}
		},
		// Untrainable cells come back to life.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[0])
			for i := range v {
				v[i] = max(v[i], 0)
			}
			kernels.OccupancyDecayKernel.Twin(c)
		},
	}
	return []*check.Case{splat, decay}
}

func occupancyMean() []*check.Case {
	const seed = 53
	rng := pcg32.New(seed)
	grid := make([]float32, 3*8192+5)
	for i := range grid {
		grid[i] = rng.Float32()*2 - 0.5
	}
	sums := &check.Case{
		Name: fmt.Sprintf("groups=3 seed=%d", seed), Kernel: kernels.OccupancySumsKernel, Groups: [3]uint32{3, 1, 1},
		Spec: specs(kernels.OccupancySumsKernel), Args: []check.Arg{check.In(grid), check.Out(3)},
		Oracle: func() []check.Want {
			v, tol := make([]float64, 3), make([]float64, 3)
			for i, x := range grid[:3*8192] {
				v[i/8192] += math.Max(float64(x), 0)
			}
			for i := range v {
				tol[i] = v[i] * 40 / (1 << 24) // 32 + 8 additions of numbers of one sign
			}
			return []check.Want{{Binding: 1, Value: v, Tol: tol}}
		},
		// Negative values count.
		Fault: func(c *gpu.Call) {
			kernels.OccupancySumsKernel.Twin(c)
			for i := range 3 {
				for _, x := range grid[8192*i : 8192*(i+1)] {
					gpu.View[float32](c.Bind[1])[i] += min(x, 0)
				}
			}
		},
	}
	state := kernels.NewTrainState(1337, 7)
	state.GridStep = 4
	part := make([]float32, 256)
	total := 0.0
	for i := range part {
		part[i] = rng.Float32() * 100
		total += float64(part[i])
	}
	mean := &check.Case{
		Name: fmt.Sprintf("seed=%d", seed), Kernel: kernels.OccupancyMeanKernel, Groups: [3]uint32{1, 1, 1},
		Spec: specs(kernels.OccupancyMeanKernel), Args: []check.Arg{check.In(part), stateArg(state), check.Out(1)},
		Oracle: func() []check.Want {
			s := state
			first := pcg32.New(1337)
			rng := pcg32.New(uint64(first.Uint32()))
			rng.Jump()
			rng.Jump()
			s.GridRngLo, s.GridRngHi, s.GridStep = uint32(rng.State), uint32(rng.State>>32), 5
			return []check.Want{{Binding: 1, Words: stateWords(s)},
				{Binding: 2, Value: []float64{total / (1 << 21)}, Tol: []float64{total / (1 << 21) * 10 / (1 << 24)}}}
		},
		// One sum is forgotten.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[0])
			keep := v[255]
			v[255] = 0
			kernels.OccupancyMeanKernel.Twin(c)
			v[255] = keep
		},
	}
	return []*check.Case{sums, mean}
}

func occupancyField() []*check.Case {
	const seed = 54
	var out []*check.Case
	for _, mean := range []float32{0.5, 0.004} {
		grid := randomGrid(seed, 2)
		words := make([]uint32, kernels.OccupancySize/4)
		for i, v := range grid {
			if float64(v) > math.Min(float64(float32(0.01)), float64(mean)) {
				words[i/32] |= 1 << (i % 32)
			}
		}
		k := kernels.OccupancyBitsKernel
		out = append(out, &check.Case{
			Name: fmt.Sprintf("mean=%g seed=%d", mean, seed), Kernel: k, Groups: kernels.Groups(8*65536, 64), Spec: specs(k),
			Push:   kernels.OccupancyBitsPush{Cascades: 2}.Bytes(),
			Args:   []check.Arg{check.In(grid), check.In([]float32{mean}), check.Out(len(words))},
			Oracle: func() []check.Want { return []check.Want{{Binding: 2, Words: words}} },
			// The mean is not taken into account, or nothing else is.
			Fault: func(c *gpu.Call) {
				m := gpu.View[float32](c.Bind[1])
				keep := m[0]
				m[0] = 0.25 * 0.004
				k.Twin(c)
				m[0] = keep
			},
		})
	}
	rng := pcg32.New(seed + 1)
	bits := make([]uint32, kernels.OccupancySize/4)
	for i := range bits {
		if rng.Uint32()%8 == 0 {
			bits[i] = rng.Uint32() & rng.Uint32() & rng.Uint32()
		}
	}
	for _, level := range []int{1, 5} {
		k := kernels.OccupancyPoolKernel
		out = append(out, &check.Case{
			Name: fmt.Sprintf("level=%d seed=%d", level, seed+1), Kernel: k, Groups: kernels.Groups(65536, 64), Spec: specs(k),
			Push:   kernels.OccupancyPoolPush{Level: uint32(level)}.Bytes(),
			Args:   []check.Arg{check.In(bits)},
			Oracle: func() []check.Want { return []check.Want{{Binding: 0, Words: oracle.Pool(bits, level)}} },
			// The coarser copy is not centred.
			Fault: func(c *gpu.Call) {
				v := gpu.View[uint32](c.Bind[0])
				for i := range 65536 / 64 {
					v[(level-1)*65536+i], v[(level-1)*65536+i+1] = v[(level-1)*65536+i+1], v[(level-1)*65536+i]
				}
				k.Twin(c)
				copy(v[(level-1)*65536:level*65536], bits[(level-1)*65536:])
			},
		})
	}
	return out
}

func occupancyMark() []*check.Case {
	const count = 12000
	var out []*check.Case
	k := kernels.OccupancyMarkKernel
	for _, lens := range []int{0, 1, 3, 4, 6} {
		first := uint32(1835008) // from the centre outwards
		cameras := make([]kernels.Camera, 2)
		truth := make([]oracle.Camera, 2)
		for i := range cameras {
			cameras[i], truth[i] = testCamera(lens, [3]float64{0.4 + 0.7*float64(i), 0.3, -0.2}, 64, 32, 90)
		}
		grid := make([]float32, 2*kernels.GridCells)
		out = append(out, &check.Case{
			Name: testLenses[lens].name, Kernel: k, Groups: kernels.Groups(count, 64), Spec: specs(k),
			Push: kernels.OccupancyMarkPush{First: first, Count: count, NCameras: 2}.Bytes(),
			Args: []check.Arg{check.In(cameras), check.In(grid)},
			Oracle: func() []check.Want {
				return []check.Want{{Binding: 1, Bytes: func(got []byte) error {
					seenCells := 0
					for i := range count {
						yes, no := oracle.SeenCell(truth, int(first)+i)
						g := floatAt(got, int(first)+i)
						if !yes && !no {
							continue // a corner lies on the edge of an image
						}
						if want := map[bool]float64{true: 0, false: -1}[yes]; g != want {
							return fmt.Errorf("cell %d: got %v, want %v", int(first)+i, g, want)
						}
						if yes {
							seenCells++
						}
					}
					if seenCells == 0 || seenCells == count && lens != 3 {
						return fmt.Errorf("the case decides nothing: %d of %d cells are seen", seenCells, count)
					}
					if floatAt(got, int(first)-1) != 0 || floatAt(got, int(first)+count) != 0 {
						return fmt.Errorf("a cell outside the range was written")
					}
					return nil
				}}}
			},
			// The mark is inverted.
			Fault: func(c *gpu.Call) {
				k.Twin(c)
				v := gpu.View[float32](c.Bind[1])[first : first+count]
				for i := range v {
					v[i] = -1 - v[i]
				}
			},
		})
	}
	return out
}
