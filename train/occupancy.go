package train

import (
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// occupancy keeps the grid of cells that hold density (Müller et al. 2022, appendix E.2): measured at random points,
// decayed, thresholded into a bitfield that marching reads.
type occupancy struct {
	t        *NeRF
	cascades int
	maxMip   uint32
	chunk    int // points measured by one dispatch

	density, measured, bits, mean  gpu.Buffer
	samples, cells, raw, sums, one gpu.Buffer
	scratch                        gpu.Buffer // a training state that nothing reads
	first, warmup, steady, rebuilt *gpu.Recording
	buffers                        []gpu.Buffer
}

// Schedule of the updates, in steps of a batch of referenceBatch samples.
const (
	gridWarmup   = 256  // steps during which all cells are measured
	gridInterval = 16   // steps between updates after the warm-up, and the largest interval during it
	gridDecay    = 0.95 // of a cell's value from update to update, when half of the cells are measured
	gridChunk    = 1 << 18
)

// newOccupancy makes the training's grid; what it took before an error is released with the training.
func newOccupancy(t *NeRF) error {
	g := &occupancy{t: t, cascades: field.Cascades(t.Field.AABBScale), chunk: min(gridChunk, int(t.cap))}
	t.grid, g.maxMip = g, uint32(g.cascades-1)
	n := g.total()
	for _, s := range []sized{
		{&g.density, "density grid", 4 * n},
		{&g.measured, "density measured", 4 * n},
		{&g.bits, "occupancy", kernels.OccupancySize},
		{&g.mean, "density mean", 4},
		{&g.samples, "grid samples", 7 * 4 * g.chunk},
		{&g.cells, "grid cells", 4 * g.chunk},
		{&g.raw, "grid densities", 4 * g.chunk},
		{&g.sums, "density sums", 4 * 256},
		{&g.one, "grid count", 4},
		{&g.scratch, "grid scratch state", kernels.TrainStateSize},
	} {
		buffer, err := t.device.NewBuffer(s.name, s.bytes)
		if err != nil {
			return err
		}
		*s.buffer = buffer
		g.buffers = append(g.buffers, buffer)
	}
	r := gpu.NewRecording("grid count")
	r.Upload(g.one, 0, gpu.Bytes([]uint32{uint32(g.chunk)}))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	// Smaller batches take more steps for the same samples: each measures and decays its share of the published update.
	share := min(float64(t.batch)/referenceBatch, 1)
	part := func(cells int) int { return max(int(share*float64(cells))&^63, 64) }
	decay := float32(math.Pow(gridDecay, share))
	g.first = g.record(n, 0, gridDecay)
	g.warmup = g.record(part(n), 0, decay)
	g.steady = g.record(part(n/4), part(n/4), decay)
	g.rebuilt = gpu.NewRecording("rebuild occupancy")
	g.recordBits(g.rebuilt)
	return nil
}

// total is the number of cells in all cascades.
func (g *occupancy) total() int { return g.cascades * field.GridCells }

// record writes down one update: uniform measurements anywhere, biased ones in cells known to be occupied.
func (g *occupancy) record(uniform, biased int, decay float32) *gpu.Recording {
	r := gpu.NewRecording("occupancy update")
	lo, hi := field.TrainingBox(g.t.Field.AABBScale)
	push := kernels.OccupancySamplesPush{Cascades: uint32(g.cascades),
		LoX: lo[0], LoY: lo[1], LoZ: lo[2], InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2])}
	for stream, total := range []int{uniform, biased} {
		push.Stream, push.Total, push.Threshold = uint32(stream), uint32(total), kernels.OccupancyUniform
		if stream == 1 {
			push.Threshold = kernels.OccupancyBiased
		}
		for first := 0; first < total; first += g.chunk {
			n := min(g.chunk, total-first)
			push.First, push.Count, push.Capacity = uint32(first), uint32(n), uint32(n)
			kernels.OccupancySamples(r, kernels.OccupancySamplesBinds{DensityGrid: gpu.All(g.density), State: gpu.All(g.t.buf.state), Samples: gpu.All(g.samples), Cells: gpu.All(g.cells)}, push)
			g.t.Field.Density(r, g.t.Field.Params(), kernels.Batch{Capacity: n, Counts: gpu.All(g.one)}, gpu.All(g.samples), gpu.All(g.raw))
			kernels.OccupancySplat(r, kernels.OccupancySplatBinds{Density: gpu.All(g.raw), Cells: gpu.All(g.cells), Measured: gpu.All(g.measured)}, kernels.OccupancySplatPush{Count: push.Count})
		}
	}
	n := uint32(g.cascades * field.GridCells)
	kernels.OccupancyDecay(r, kernels.OccupancyDecayBinds{DensityGrid: gpu.All(g.density), Measured: gpu.All(g.measured)}, kernels.OccupancyDecayPush{Count: n, Decay: decay})
	kernels.OccupancyMean(r, gpu.All(g.density), kernels.OccupancyMeanBinds{Sums: gpu.All(g.sums), State: gpu.All(g.t.buf.state), GridMean: gpu.All(g.mean)})
	kernels.OccupancyBits(r, kernels.OccupancyBitsBinds{DensityGrid: gpu.All(g.density), GridMean: gpu.All(g.mean), Occupancy: gpu.All(g.bits)}, uint32(g.cascades))
	return r
}

// due tells whether step begins with an update: every step at first, then ever more rarely, at last every 16 steps.
func due(step int) bool { return step%min(max(step/16, 1), gridInterval) == 0 }

// update submits the update that is due before the given step.
func (g *occupancy) update(step int) error {
	if !due(step) {
		return nil
	}
	switch {
	case step == 0:
		return g.t.device.Submit(g.first)
	case step < gridWarmup:
		return g.t.device.Submit(g.warmup)
	}
	return g.t.device.Submit(g.steady)
}

// markUntrained gives the cells that no camera sees the value that no update changes; none where rays are given.
func (g *occupancy) markUntrained() error {
	cameras, ok := g.t.seeing()
	r := gpu.NewRecording("mark untrained cells")
	if !ok {
		r.Fill(g.density, 0, g.density.Size(), 0)
		return g.t.device.Submit(r)
	}
	buffer, err := g.t.device.NewBuffer("seeing cameras", len(cameras)*cameraSize)
	if err != nil {
		return err
	}
	defer buffer.Release()
	r.Upload(buffer, 0, gpu.Bytes(cameras))
	kernels.OccupancyMark(r, kernels.OccupancyMarkBinds{Cameras: gpu.All(buffer), DensityGrid: gpu.All(g.density)}, uint32(len(cameras)), uint32(g.cascades))
	if err := g.t.device.Submit(r); err != nil {
		return err
	}
	return g.t.device.Wait()
}

// recordBits makes mean and bitfield of the values as they are; the random sequence does not move.
func (g *occupancy) recordBits(r *gpu.Recording) {
	kernels.OccupancyMean(r, gpu.All(g.density), kernels.OccupancyMeanBinds{Sums: gpu.All(g.sums), State: gpu.All(g.scratch), GridMean: gpu.All(g.mean)})
	kernels.OccupancyBits(r, kernels.OccupancyBitsBinds{DensityGrid: gpu.All(g.density), GridMean: gpu.All(g.mean), Occupancy: gpu.All(g.bits)}, uint32(g.cascades))
}

// rebuild makes the bitfield of the grid's present values.
func (g *occupancy) rebuild() error { return g.t.device.Submit(g.rebuilt) }

// read downloads the grid.
func (g *occupancy) read() ([]float32, error) {
	out := make([]float32, g.cascades*field.GridCells)
	r := gpu.NewRecording("read density grid")
	r.Download(g.density, 0, gpu.Bytes(out))
	return out, g.t.device.Submit(r)
}

// set replaces the grid's values and makes the bitfield anew.
func (g *occupancy) set(values []float32) error {
	r := gpu.NewRecording("set density grid")
	r.Upload(g.density, 0, gpu.Bytes(values))
	if err := g.t.device.Submit(r); err != nil {
		return err
	}
	if err := g.t.device.Wait(); err != nil {
		return err
	}
	return g.rebuild()
}
