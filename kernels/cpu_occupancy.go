package kernels

import (
	"math"
	"sync/atomic"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels/simd"
)

// The update of the occupancy grid on the CPU, bit by bit what the twins compute.

const (
	cellGrain  = 1 << 16 // cells of a task, where each costs about a nanosecond
	pointGrain = 1 << 12 // measured points of a task
	splatBlock = 256     // points whose cells are fetched together
	poolGrain  = 1 << 10 // words of a task; divides poolBlock
	poolBlock  = 1 << 10 // words of a coarse cascade that lie together and come from words that lie together
)

// compactMorton holds the coordinates of a cell's low 12 and high 9 bits, x | y<<8 | z<<16.
var compactMorton = func() (t struct{ low, high [1 << 12]uint32 }) {
	for i := range t.low {
		x, y, z := Unmorton3(uint32(i))
		t.low[i] = x | y<<8 | z<<16
		t.high[i] = t.low[i] << 4
	}
	return t
}()

type occupancySamplesCall struct {
	push     OccupancySamplesPush
	rng      pcg32.Source
	gridStep uint32
	grid     []float32
	samples  []float32
	cells    []uint32
}

var occupancySampling = newForm((*occupancySamplesCall).points)

func occupancySamplesForm(c *gpu.Call) bool {
	p := gpu.PushOf[OccupancySamplesPush](c)
	state := stateOf(c.Bind[1])
	occupancySampling.do(c, occupancySamplesCall{
		push: *p, rng: state.gridRng(), gridStep: state.GridStep,
		grid: gpu.View[float32](c.Bind[0]), samples: gpu.View[float32](c.Bind[2]), cells: gpu.View[uint32](c.Bind[3]),
	}, reached(c, p.Count), pointGrain)
	return true
}

// points makes the points of a range. A point takes four numbers, so that the generator need not jump from point to point.
func (s *occupancySamplesCall) points(_ *alone, lo, hi int) {
	p := &s.push
	rng := s.rng
	rng.Advance(int64(p.First+uint32(lo))*4 + int64(p.Stream)<<32)
	cascades, capacity := float32(p.Cascades), int(p.Capacity)
	px, py, pz := s.samples[lo:hi], s.samples[capacity+lo:][:hi-lo], s.samples[2*capacity+lo:][:hi-lo]
	cells := s.cells[lo:hi]
	start := (p.First+uint32(lo)+s.gridStep*p.Total)*56924617 + 96925573
	for k := range cells {
		cascade := uint32(rng.Float32() * cascades)
		if cascade >= p.Cascades {
			cascade %= p.Cascades
		}
		grid := s.grid[int(cascade)*GridCells:][:GridCells]
		cell := start % GridCells
		for j := uint32(1); j < 10 && !(grid[cell] > p.Threshold); j++ {
			cell = (start + j*19349663) % GridCells
		}
		start += 56924617
		at := compactMorton.low[cell&0xfff] + compactMorton.high[cell>>12]
		edge := power2(int(cascade))
		x := float32(((float32(at&255)+rng.Float32())/128-0.5)*edge) + 0.5
		y := float32(((float32(at>>8&255)+rng.Float32())/128-0.5)*edge) + 0.5
		z := float32(((float32(at>>16)+rng.Float32())/128-0.5)*edge) + 0.5
		px[k], py[k], pz[k] = (x-p.LoX)*p.InvX, (y-p.LoY)*p.InvY, (z-p.LoZ)*p.InvZ
		cells[k] = cascade*GridCells + cell
	}
}

type occupancySplatCall struct {
	density  []float32
	cells    []uint32
	measured []uint32
	alone    bool // one worker: nobody else writes
}

type splatWorker struct {
	in, thickness [splatBlock]float32
	fetched       uint32
}

var occupancySplatting = newForm((*occupancySplatCall).points)

func occupancySplatForm(c *gpu.Call) bool {
	if !simd.Vectors() {
		return false
	}
	p := gpu.PushOf[OccupancySplatPush](c)
	occupancySplatting.do(c, occupancySplatCall{gpu.View[float32](c.Bind[0]), gpu.View[uint32](c.Bind[1]), gpu.View[uint32](c.Bind[2]), c.Pool.Workers() == 1},
		reached(c, p.Count), pointGrain)
	return true
}

func (s *occupancySplatCall) points(w *splatWorker, lo, hi int) {
	for ; lo < hi; lo += splatBlock {
		n := min(splatBlock, hi-lo)
		copy(w.in[:], s.density[lo:][:n])
		simd.Exps(w.thickness[:], w.in[:], n, stepMin)
		// Locked instructions wait for one another, plain loads do not: ask for all cells first.
		cells, any := s.cells[lo:][:n], uint32(0)
		for _, cell := range cells {
			any |= atomic.LoadUint32(&s.measured[cell])
		}
		w.fetched |= any
		for i, cell := range cells {
			bits := math.Float32bits(w.thickness[i])
			if bits > 0x7f800000 {
				continue
			}
			word := &s.measured[cell]
			if s.alone {
				*word = max(*word, bits)
				continue
			}
			for {
				old := atomic.LoadUint32(word)
				if old >= bits || atomic.CompareAndSwapUint32(word, old, bits) {
					break
				}
			}
		}
	}
}

type occupancyDecayCall struct {
	grid, measured []float32
	decay          float32
}

var occupancyDecaying = newForm((*occupancyDecayCall).cells)

func occupancyDecayForm(c *gpu.Call) bool {
	if !simd.Vectors() {
		return false
	}
	p := gpu.PushOf[OccupancyDecayPush](c)
	occupancyDecaying.do(c, occupancyDecayCall{gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1]), p.Decay}, reached(c, p.Count), cellGrain)
	return true
}

func (s *occupancyDecayCall) cells(_ *alone, lo, hi int) {
	grid, measured := s.grid[lo:hi], s.measured[lo:hi]
	for i := simd.Decay(grid, measured, s.decay); i < len(grid); i++ {
		if v := grid[i]; !(v < 0) {
			grid[i] = max(v*s.decay, measured[i])
		}
		measured[i] = 0
	}
}

type occupancyBitsCall struct {
	grid      []float32
	bits      []uint32
	threshold float32
	cascades  int
}

var occupancyBitting = newForm((*occupancyBitsCall).words)

func occupancyBitsForm(c *gpu.Call) bool {
	if !simd.Vectors() {
		return false
	}
	p := gpu.PushOf[OccupancyBitsPush](c)
	occupancyBitting.do(c, occupancyBitsCall{gpu.View[float32](c.Bind[0]), gpu.View[uint32](c.Bind[2]), min(0.01, gpu.View[float32](c.Bind[1])[0]), int(p.Cascades)},
		reached(c, GridCascades*gridWords), cellGrain/32)
	return true
}

func (s *occupancyBitsCall) words(_ *alone, lo, hi int) {
	known := min(max(lo, s.cascades*gridWords), hi)
	if known > lo {
		simd.Above(s.bits[lo:known], s.grid[32*lo:], s.threshold)
	}
	clear(s.bits[known:hi])
}

type occupancySumsCall struct{ grid, sums []float32 }

var occupancySumming = newForm((*occupancySumsCall).groups)

func occupancySumsForm(c *gpu.Call) bool {
	if !simd.Vectors() {
		return false
	}
	occupancySumming.do(c, occupancySumsCall{gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1])}, int(c.Groups[0]), 8)
	return true
}

func (s *occupancySumsCall) groups(part *[256]float32, lo, hi int) {
	for group := lo; group < hi; group++ {
		clear(part[:])
		simd.PartSums(part, s.grid[group*8192:(group+1)*8192])
		s.sums[group] = treeSum(part)
	}
}

type occupancyPoolCall struct{ fine, coarse []uint32 }

var occupancyPooling = newForm((*occupancyPoolCall).words)

func occupancyPoolForm(c *gpu.Call) bool {
	if reached(c, gridWords) < gridWords {
		return false
	}
	level, occupancy := int(gpu.PushOf[OccupancyPoolPush](c).Level), gpu.View[uint32](c.Bind[0])
	occupancyPooling.do(c, occupancyPoolCall{occupancy[(level-1)*gridWords:][:gridWords], occupancy[level*gridWords:][:gridWords]}, gridWords/8, poolGrain)
	return true
}

// words fills the words lo to hi of those that a coarse cascade takes over, in the order of the fine ones. A byte of a
// word is 2³ cells. The copy is shifted by 16 of its 64 bytes along each axis, which adds 1 to bit 4 of a coordinate below
// 32: bit 4 turns over and bit 5 becomes the old bit 4. In Morton order bit 4 of the three coordinates are bits 12 to 14, so
// runs of 2^12 bytes stay together.
func (s *occupancyPoolCall) words(_ *alone, lo, hi int) {
	for lo < hi {
		run := lo / poolBlock
		n := min(hi, (run+1)*poolBlock) - lo
		to := (run<<3|run^7)*poolBlock + lo%poolBlock
		coarse, fine := s.coarse[to:][:n], s.fine[8*lo:][:8*n]
		for i := range coarse {
			var word uint32
			for b := range 4 {
				word |= someBytes(fine[8*i+2*b], fine[8*i+2*b+1]) << (8 * b)
			}
			if word != 0 {
				coarse[i] |= word
			}
		}
		lo += n
	}
}

// someBytes has a bit for each byte of two words, 1 where the byte is not 0.
func someBytes(a, b uint32) uint32 {
	v := uint64(a) | uint64(b)<<32
	if v == 0 {
		return 0
	}
	const low7 = 0x7f7f7f7f7f7f7f7f
	v = ((v & low7) + low7 | v) >> 7 & 0x0101010101010101
	return uint32(v * 0x0102040810204080 >> 56)
}
