package kernels

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
)

// MLP is the shape of a multilayer perceptron without biases:
//
//	a_0 = act(M_0·x), a_l = act(M_l·a_{l-1}), y = out_act(M_h·a_{h-1})
//
// with h = Hidden matrices before the output. The weights are Hidden+1 row-major [out][in] matrices back to back:
// Width×In, (Hidden-1) times Width×Width, Out×Width; without hidden layers one matrix Out×In, and Width is In (Müller et al. 2021, "Real-time Neural Radiance Caching", for the
// fused evaluation). Arrays of values are planes: value c of sample i stands at [c·capacity + i].
type MLP struct {
	In, Width, Out, Hidden int
	Act, OutAct            Activation
}

// Limits of a network's shape.
const (
	MaxMLPWidth  = 256
	MaxMLPHidden = 8
	MaxMLPIn     = 256
)

// Check reports what is wrong with the shape.
func (m MLP) Check() error {
	switch {
	case m.Width < 16 || m.Width%16 != 0 || m.Width > MaxMLPWidth:
		return fmt.Errorf("a network is 16 to %d neurons wide in multiples of 16, not %d", MaxMLPWidth, m.Width)
	case m.Hidden < 0 || m.Hidden > MaxMLPHidden:
		return fmt.Errorf("a network has at most %d hidden layers, not %d", MaxMLPHidden, m.Hidden)
	case m.Hidden == 0 && m.Width != m.In:
		return fmt.Errorf("a network without hidden layers is as wide as its %d inputs, not %d", m.In, m.Width)
	case m.In < 16 || m.In%16 != 0 || m.In > MaxMLPIn:
		return fmt.Errorf("a network has 16 to %d inputs in multiples of 16, not %d", MaxMLPIn, m.In)
	case m.Out < 16 || m.Out%16 != 0 || m.Out > MaxMLPWidth:
		return fmt.Errorf("a network has 16 to %d outputs in multiples of 16, not %d", MaxMLPWidth, m.Out)
	case m.Act >= activations || m.OutAct >= activations:
		return fmt.Errorf("unknown activation %v or %v", m.Act, m.OutAct)
	}
	return nil
}

// Weights is the number of weights.
func (m MLP) Weights() int { return m.Width * (m.In + (m.Hidden-1)*m.Width + m.Out) }

// HiddenPlanes is the number of planes that the forward pass keeps for the backward pass: the hidden activations (their
// arguments for SiLU and Sine), then the arguments of the output activation where that is SiLU or Sine.
func (m MLP) HiddenPlanes() int {
	n := m.Hidden * m.Width
	if m.OutAct.keepsArgument() {
		n += m.Out
	}
	return n
}

// DeltaPlanes is the number of planes of gradients with respect to pre-activations: the hidden layers, then the output.
func (m MLP) DeltaPlanes() int { return m.Hidden*m.Width + m.Out }

// matrix is rows, columns and first weight of matrix l.
func (m MLP) matrix(l int) (rows, cols, at int) {
	rows, cols = m.Width, m.Width
	if l == 0 {
		cols = m.In
	} else {
		at = m.Width*m.In + (l-1)*m.Width*m.Width
	}
	if l == m.Hidden {
		rows = m.Out
	}
	return rows, cols, at
}

// mlpTileSize is the number of samples whose activations fit into 16 KiB of workgroup memory with the given rows.
func mlpTileSize(rows int) uint32 {
	switch {
	case rows <= 64:
		return 64
	case rows <= 128:
		return 32
	}
	return 16
}

// Batch says which samples a kernel works on: the first counts[CountIndex] of arrays with planes of Capacity values.
type Batch struct {
	Capacity   int
	Counts     gpu.Bind
	CountIndex int
	// Groups, when its Buffer is set, is where the device reads the number of workgroups. Kernels that take a Batch
	// loop over their samples, so any number of workgroups gives the same result.
	Groups gpu.Bind
	// Owners, where it is set, tells whose samples they are.
	Owners *Owners
}

// SpreadCapacity is the least capacity for n samples whose planes lie an odd number of cache lines of 64 bytes apart. Planes
// at a multiple of a high power of two meet in the same places of a cache, so that the CPU device would have to copy what
// mlp_forward reads and writes.
func SpreadCapacity(n int) int {
	const line = 64 / 4
	return (n+line-1)/line*line | line
}

// dispatch appends a dispatch with one workgroup per tile of samples, or what b.Groups says.
func (b Batch) dispatch(r *gpu.Recording, k *gpu.Kernel, tile uint32, push []byte, spec []uint32, binds ...gpu.Bind) {
	if b.Groups.Buffer != nil {
		r.DispatchIndirect(k, b.Groups, push, spec, binds...)
		return
	}
	groups := (uint32(b.Capacity) + tile - 1) / tile
	r.Dispatch(k, [3]uint32{min(groups, 1<<16-1), 1, 1}, push, spec, binds...)
}

// batchSize is the number of samples of a call.
func batchSize(counts []byte, index, capacity uint32) int {
	return int(min(gpu.View[uint32](counts)[index], capacity))
}

// specMLP reads the shape from the specialization constants.
func specMLP(c *gpu.Call) MLP { return mlpOf(c.Kernel.Layout, c.Spec) }

// mlpOf is specMLP of the specialization values of a layout.
func mlpOf(l *gpu.Layout, spec []uint32) MLP {
	of := func(name string) int { return int(spec[l.SpecIndex(name)]) }
	return MLP{In: of("IN"), Width: of("WIDTH"), Out: of("OUT"), Hidden: of("HIDDEN"), Act: Activation(of("ACT"))}
}

// twinTile is the number of samples that a twin handles at a time; a layer of 128 neurons is 32 KiB, the size of a
// first-level cache.
const twinTile = 64

// multiplyTile computes dst[r][s] = Σ_i w[r·rowStride + i·colStride]·src[i][s] for a tile of twinTile samples, adding in
// the order of i as lib/mlp.glsl does.
func multiplyTile(dst, src, w []float32, rows, cols, rowStride, colStride int) {
	for r := 0; r < rows; r += 2 {
		w0, w1 := w[r*rowStride:], w[(r+1)*rowStride:]
		for s := 0; s < twinTile; s += 4 {
			var a0, a1, a2, a3, b0, b1, b2, b3 float32
			q := 0
			for i := range cols {
				x := (*[4]float32)(src[i*twinTile+s:])
				u, v := w0[q], w1[q]
				q += colStride
				a0 += float32(u * x[0])
				a1 += float32(u * x[1])
				a2 += float32(u * x[2])
				a3 += float32(u * x[3])
				b0 += float32(v * x[0])
				b1 += float32(v * x[1])
				b2 += float32(v * x[2])
				b3 += float32(v * x[3])
			}
			*(*[4]float32)(dst[r*twinTile+s:]) = [4]float32{a0, a1, a2, a3}
			*(*[4]float32)(dst[(r+1)*twinTile+s:]) = [4]float32{b0, b1, b2, b3}
		}
	}
}

// loadTile copies m samples of each plane into a tile; the rest of the tile is zero.
func loadTile(tile, planes []float32, rows, capacity, base, m int) {
	for r := range rows {
		row := tile[r*twinTile : (r+1)*twinTile]
		clear(row[copy(row, planes[r*capacity+base:][:m]):])
	}
}

// storeTile copies m samples of each row of a tile to its plane.
func storeTile(planes, tile []float32, rows, capacity, base, m int) {
	for r := range rows {
		copy(planes[r*capacity+base:][:m], tile[r*twinTile:])
	}
}

// activateTile applies the activation to rows of a tile in place.
func activateTile(tile []float32, rows int, act Activation) {
	t := tile[:rows*twinTile]
	switch act {
	case ActNone:
	case ActReLU:
		for i, x := range t {
			if !(x > 0) {
				t[i] = 0
			}
		}
	default:
		for i, x := range t {
			t[i] = act.apply(x)
		}
	}
}

// tiles is the number of tiles that cover n samples.
func tiles(n int) int { return (n + twinTile - 1) / twinTile }
