// Package render makes pictures from a field: rays from a camera, marching through the occupancy grid, the network, and
// compositing along the rays.
package render

import (
	"context"
	"fmt"
	"slices"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// View is what to render.
type View struct {
	Ctx    context.Context // ends the work early with its error; nil never does
	Camera scene.Camera
	Mode   Mode
	SPP    int // samples per pixel, at least 1; the first goes through the pixel's centre
	First  int // number of the first sample, to go on where an earlier frame ended
	// MinTransmittance ends a ray; 0 means 0.01, the reference's value for viewing.
	MinTransmittance float32
	Exposure         float32 // stops
	NearDistance     float32
	Aperture         float32 // radius of the lens; 0 is a pinhole
	Focus            float32 // distance of what is sharp
	// Levels are the levels of the encoding that count; the others are set to zero. The zero value is all of them.
	Levels field.Levels
	// Slice is the distance along the viewing axis of the plane that the mode Slice shows.
	Slice float32
	// Band limits the frame to some rows of the picture. They are those of the whole picture, whose pixels alone number the
	// random numbers; but modes that show a range of values show the band's.
	Band Band
}

// stopped is the reason to leave the rest of a picture undone.
func (v *View) stopped() error {
	if v.Ctx == nil {
		return nil
	}
	return v.Ctx.Err()
}

// ExactTransmittance ends rays where measuring demands it: the reference's value for evaluation.
const ExactTransmittance = 1e-4

// passSteps is how many samples a live ray gets in each pass but the first, and at most in any. The first pass, in which
// rays that meet nothing end, gives one.
const passSteps = 8

// maxPasses bounds the marching of a ray, as the reference does with 10,000 steps.
const maxPasses = 10000 / passSteps

// NeRF renders a radiance field: a tile of rays at a time, in passes of a few samples per live ray, until none is left
// (Müller et al. 2022, appendix E.1).
type NeRF struct {
	lists
	field *field.NeRF
	law   kernels.StepLaw

	bits, density, mean, sums, scratch gpu.Buffer
	samples, raw                       gpu.Buffer
	mega                               *mega // how whole frames are made instead of passes
	stages                             Stages
	split                              *split
	joined                             *joined
	display, image                     gpu.Buffer // what a screen shows, and its bytes
	shown                              *Shown     // the picture in work, nil where Render asks for numbers
	chosen
	passes              passes[passKind]
	words               []uint32
	normalCount         gpu.Buffer
	normalIn, normalOut gpu.Buffer
	slicer
}

// NewNeRF prepares rendering of a field inside a box in ngp space. Call SetGrid or ShareGrid before the first Render.
func NewNeRF(d gpu.Device, f *field.NeRF, box [2][3]float32) (*NeRF, error) {
	return newNeRF(d, f, box, tileSize(d, f))
}

// newNeRF is NewNeRF with n rays marched together.
func newNeRF(d gpu.Device, f *field.NeRF, box [2][3]float32, n int) (*NeRF, error) {
	r := &NeRF{lists: newLists(d, box, n, 0.2), field: f, law: kernels.NewStepLaw(field.Cone(f.AABBScale)), words: make([]uint32, stateWords), passes: passes[passKind]{}, chosen: chosen{params: f.Average()}}
	if err := f.Reserve(n*passSteps, 0); err != nil {
		return nil, err
	}
	return r, r.allocate(append(r.listBuffers(),
		sized{&r.samples, "view samples", 7 * 4 * n * passSteps},
		sized{&r.raw, "view raw", 4 * 4 * n * passSteps})...)
}

// tileSize is the number of rays marched together: enough to fill a GPU, few enough to stay in a processor's cache.
// What a field takes between its kernels limits it too.
func tileSize(d gpu.Device, f *field.NeRF) int {
	n := 1 << 18
	switch d.Info().Kind {
	case gpu.KindHost, gpu.KindSoftware: // a software driver also runs the workgroups of a dispatch that no ray is left for
		n = 1 << 14
	}
	fits := func(n int) bool {
		total := 0
		for _, s := range f.Scratch(n*passSteps, 0) {
			total += s.Bytes
			if int64(s.Bytes) > d.Info().Limits.MaxBinding {
				return false
			}
		}
		return int64(n)*7*4*passSteps <= d.Info().Limits.MaxBinding && total <= maxScratch
	}
	for n > 256 && !fits(n) {
		n /= 2
	}
	return n
}

// maxScratch bounds the memory between the kernels of an un-fused field.
const maxScratch = 256 << 20

// ShareGrid marches through a bitfield that somebody else keeps, such as a training in progress.
func (r *NeRF) ShareGrid(bits gpu.Buffer) { r.bits = bits }

// SetGrid makes the bitfield from an occupancy grid in Morton order, cascade after cascade.
func (r *NeRF) SetGrid(grid []float32) error {
	cascades := field.Cascades(r.field.AABBScale)
	if len(grid) != cascades*field.GridCells {
		return fmt.Errorf("the occupancy grid has %d cells, aabb_scale %d needs %d", len(grid), r.field.AABBScale, cascades*field.GridCells)
	}
	err := r.allocate(
		sized{&r.bits, "occupancy", kernels.OccupancySize},
		sized{&r.density, "density grid", 4 * len(grid)},
		sized{&r.mean, "density mean", 4},
		sized{&r.sums, "density sums", 4 * 256},
		sized{&r.scratch, "grid scratch state", kernels.TrainStateSize},
	)
	if err != nil {
		return err
	}
	rec := gpu.NewRecording("occupancy of a snapshot")
	rec.Upload(r.density, 0, gpu.Bytes(grid))
	kernels.OccupancyMean(rec, gpu.All(r.density), kernels.OccupancyMeanBinds{Sums: gpu.All(r.sums), State: gpu.All(r.scratch), GridMean: gpu.All(r.mean)})
	kernels.OccupancyBits(rec, kernels.OccupancyBitsBinds{DensityGrid: gpu.All(r.density), GridMean: gpu.All(r.mean), Occupancy: gpu.All(r.bits)}, uint32(cascades))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	return r.device.Wait()
}

// Render makes one picture.
func (r *NeRF) Render(v View) (*Frame, error) {
	if r.bits == nil {
		panic("render: Render before SetGrid or ShareGrid")
	}
	w, h := v.size()
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	v.SPP = max(v.SPP, 1)
	if v.MinTransmittance == 0 {
		v.MinTransmittance = 0.01
	}
	if err := r.choose(&r.tiles, r.field, r.field.Layout.Total, v.Levels); err != nil {
		return nil, err
	}
	f := v.blank()
	if err := r.prepare(w * h); err != nil {
		return nil, err
	}
	return f, r.renderSamples(f, v)
}

// renderSamples renders all samples per pixel into f, or into what is shown.
func (r *NeRF) renderSamples(f *Frame, v View) error {
	w, h := f.Width, f.Height
	for s := range v.SPP {
		if err := r.begin(v, v.First+s); err != nil {
			return err
		}
		if r.stages == Whole && v.Mode != Slice { // a slice marches nowhere
			if err := r.mega.frame(f, v, s == 0); err != nil {
				return err
			}
			continue
		}
		for first := 0; first < w*h; first += r.tile {
			if err := v.stopped(); err != nil {
				return err
			}
			if err := r.renderTile(f, v, first, min(r.tile, w*h-first), s == 0); err != nil {
				return err
			}
		}
	}
	if r.shown == nil && r.sum == nil {
		f.finish(v)
	}
	return nil
}

// renderTile marches the rays of count pixels from first until none is alive and adds them to the frame.
func (r *NeRF) renderTile(f *Frame, v View, first, count int, fresh bool) error {
	rec := gpu.NewRecording("tile")
	live := make([]uint32, stateWords)
	joined := r.stages == Joined && v.Mode != Slice && v.Mode != Normals
	if joined {
		live[wordLive+1] = uint32(count) // the first pass makes the rays
	} else {
		live[wordLive] = uint32(count)
	}
	rec.Upload(r.state, 0, gpu.Bytes(slices.Clone(live)))
	switch {
	case v.Mode == Slice:
		r.cameraRays(rec, v, r.law, first, count)
		if err := r.slice(rec, v, count); err != nil {
			return err
		}
		return r.finish(f, first, count, fresh)
	case joined:
		r.joined.begin(rec, count)
	case r.stages == Split:
		r.split.begin(rec, v.pixel(first), count)
	default:
		r.cameraRays(rec, v, r.law, first, count)
	}
	if !joined {
		r.compact(rec, r.at(0), r.at(1), true)
		rec.Download(r.state, 0, gpu.Bytes(live))
	}
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	for pass := 1; live[wordLive+pass%2] > 0 && pass < maxPasses; pass++ {
		kind := passKind{v.MinTransmittance, v.NearDistance, r.params, passSteps, r.field.Appearances()}
		if pass == 1 {
			kind.steps = 1
		}
		n := live[wordLive+pass%2]
		rec := (*gpu.Recording)(nil)
		switch {
		case joined:
			rec = r.joined.pass(pass, kind, v.pixel(first), first, int(n))
		case r.stages == Split:
			rec = r.split.pass(pass%2, kind, int(n))
		default:
			p := &r.passes.of(kind)[pass%2]
			if *p == nil {
				*p = r.recordPass(pass%2, kind)
			}
			rec = *p
		}
		if err := r.device.Submit(rec); err != nil {
			return err
		}
		f.RayPasses += int64(n)
		copy(live, r.words)
		f.Evaluated += int64(live[wordSamples])
	}
	if v.Mode == Normals {
		if err := r.normals(v, r.pixels, 0, count); err != nil {
			return err
		}
	}
	return r.finish(f, first, count, fresh)
}

// finish takes the finished pixels of a tile to where they are wanted.
func (r *NeRF) finish(f *Frame, first, count int, fresh bool) error {
	if r.shown != nil {
		return r.show(first, count)
	}
	return r.collect(f, first, count, fresh)
}

// passKind is what tells recordings of a pass apart.
type passKind struct {
	minTransmittance, near float32
	params                 gpu.Buffer
	steps                  uint32 // samples of a ray
	appearance             int    // field.NeRF.Appearances
}

// recordPass writes down one pass over the live rays listed in live[from].
func (r *NeRF) recordPass(from int, kind passKind) *gpu.Recording {
	rec := gpu.NewRecording("render pass")
	lo, hi := field.TrainingBox(r.field.AABBScale)
	capacity := uint32(r.tile * passSteps)
	live := gpu.All(r.live[from])
	l := r.law
	kernels.RenderMarch(rec, kernels.RenderMarchBinds{Live: live, Occupancy: gpu.All(r.bits), State: gpu.All(r.state), Rays: gpu.All(r.rays), Samples: gpu.All(r.samples)},
		kernels.RenderMarchPush{LoX: lo[0], LoY: lo[1], LoZ: lo[2], InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2]),
			Cone: l.Cone, Lambda: l.Lambda, A: l.A, B: l.B, Ta: l.Ta, Tb: l.Tb, MaxMip: uint32(field.Cascades(r.field.AABBScale) - 1),
			Capacity: capacity, Steps: kind.steps, CountIndex: wordLive + uint32(from), SamplesIndex: wordSamples, GroupsIndex: wordGroups, GroupSize: 64}, uint32(r.tile))
	r.field.Infer(rec, kind.params, kernels.Batch{Capacity: int(capacity), Counts: gpu.All(r.state), CountIndex: wordSamples, Groups: gpu.Part(r.state, 4*wordGroups, 12)},
		gpu.All(r.samples), gpu.All(r.raw))
	hdr := uint32(0)
	if r.field.HDR {
		hdr = 1
	}
	kernels.RenderComposite(rec, kernels.RenderCompositeBinds{Live: live, State: gpu.All(r.state), Rays: gpu.All(r.rays), Samples: gpu.All(r.samples), Raw: gpu.All(r.raw), Pixels: gpu.All(r.pixels), Alive: gpu.All(r.alive)},
		kernels.RenderCompositePush{LoX: lo[0], LoY: lo[1], LoZ: lo[2], SizeX: hi[0] - lo[0], SizeY: hi[1] - lo[1], SizeZ: hi[2] - lo[2],
			Capacity: capacity, Steps: kind.steps, CountIndex: wordLive + uint32(from), Hdr: hdr, MinTransmittance: kind.minTransmittance, Near: kind.near}, uint32(r.tile))
	r.compact(rec, r.at(from), r.at(from+1), false)
	rec.Download(r.state, 0, gpu.Bytes(r.words))
	return rec
}
