package simd

import "unsafe"

// RadianceBlock is the most samples that one Radiance holds.
const RadianceBlock = 256

// Radiance is the memory for the activations of a block of samples of a radiance field: what each lets through, its
// colour, and the slope of its density. It belongs to one worker.
type Radiance struct {
	// Through is e^(-σ·dt) with σ = e^raw; R, G, B are sigmoids; Slope is e^raw with raw held within ±15.
	Through, R, G, B, Slope [RadianceBlock]float32

	args radianceArgs
	tail [5][RadianceBlock]float32 // the four outputs and the steps of a block that ends near the end of its planes
}

// radianceArgs asks for whole registers of samples.
type radianceArgs struct {
	dst, raw, dt unsafe.Pointer
	vectors      int
	dstStride    int
	rawStride    int
	slope        int
}

// Vectors reports whether this processor has vector forms at all.
func Vectors() bool { return active != nil }

// Eval evaluates n samples from place at on. raw has four planes (r, g, b, density) of stride values, dt one. The
// processor must have Vectors. The results have the bits of the twins' functions.
func (r *Radiance) Eval(raw, dt []float32, stride, at, n int, slope bool) {
	vectors := (n + active.lanes - 1) / active.lanes
	a := &r.args
	*a = radianceArgs{dst: unsafe.Pointer(&r.Through), vectors: vectors, dstStride: 4 * RadianceBlock}
	if slope {
		a.slope = 1
	}
	if whole := vectors * active.lanes; at+whole <= stride && at+whole <= len(dt) {
		a.raw, a.dt, a.rawStride = unsafe.Pointer(&raw[:3*stride+at+whole][at]), unsafe.Pointer(&dt[at]), 4*stride
	} else {
		for k := range 4 {
			copy(r.tail[k][:], raw[k*stride+at:][:n])
		}
		copy(r.tail[4][:], dt[at:][:n])
		a.raw, a.dt, a.rawStride = unsafe.Pointer(&r.tail), unsafe.Pointer(&r.tail[4]), 4*RadianceBlock
	}
	active.radiance((*byte)(unsafe.Pointer(a)))
}

// Exps writes factor·e^x of src to dst, which has room for whole registers: the length of src rounded up to 16. src is
// read up to there.
func Exps(dst, src []float32, n int, factor float32) {
	vectors := (n + active.lanes - 1) / active.lanes
	whole := vectors * active.lanes
	active.exps(&dst[:whole][0], &src[:whole][0], vectors, factor)
}

// Decay merges measured values into cells, v = max(v·decay, m) where v is not negative, and clears them. It does whole
// registers and returns how many cells that were.
func Decay(grid, measured []float32, decay float32) int {
	vectors := min(len(grid), len(measured)) / active.lanes
	if vectors > 0 {
		active.decay(&grid[0], &measured[0], vectors, decay)
	}
	return vectors * active.lanes
}

// Above sets bit b of word i where grid[32·i+b] exceeds the threshold.
func Above(bits []uint32, grid []float32, threshold float32) {
	if len(bits) > 0 {
		active.above((*byte)(unsafe.Pointer(&bits[0])), &grid[:32*len(bits)][0], len(bits), threshold)
	}
}

// PartSums adds max(v, 0) of rows of 256 values to 256 sums, column by column in the order of the rows.
func PartSums(sums *[256]float32, grid []float32) {
	if rows := len(grid) / 256; rows > 0 {
		active.partSums(&sums[0], &grid[0], rows)
	}
}
