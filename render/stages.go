package render

import (
	"fmt"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// Stages says which kernels make a frame around the network; all make the same picture.
type Stages uint8

const (
	// Passes is rays, then marching, compositing and compaction in every pass.
	Passes Stages = iota
	// Split is a kernel for each step: rays, spans, marching, inputs, activations, opacity, compositing, compaction, display.
	Split
	// Joined is one kernel before the network and one after it in every pass.
	Joined
	// Whole is one kernel for the whole frame, the network included.
	Whole
)

// Use chooses the stages of the next frames. Whole refuses a field that its kernel cannot evaluate. Joined keeps no rays, so
// that slices and normals are made as by Passes.
func (r *NeRF) Use(s Stages) error {
	n := r.tile * passSteps
	switch {
	case s == Whole:
		if _, err := r.field.FusedShape(r.params); err != nil {
			return fmt.Errorf("the mega pipeline: %w", err)
		}
		if r.mega == nil {
			r.mega = &mega{NeRF: r}
		}
	case s == Split && r.split == nil:
		p := &split{NeRF: r}
		if err := r.allocate(sized{&p.positions, "view positions", 3 * 4 * n}, sized{&p.lengths, "view steps", 4 * n}, sized{&p.rayOf, "view rays of samples", 4 * n},
			sized{&p.radiance, "view radiance", 4 * 4 * n}, sized{&p.alphas, "view opacities", 4 * n}); err != nil {
			return err
		}
		r.split = p
	case s == Joined && r.joined == nil:
		p := &joined{NeRF: r}
		if err := r.allocate(sized{&p.next, "next points", 4 * r.tile}, sized{&p.depths, "view depths", 4 * n}, sized{&p.none, "nothing", 256}); err != nil {
			return err
		}
		r.joined = p
	}
	r.stages = s
	return nil
}

// batch is what the network evaluates in a pass.
func (r *NeRF) batch() kernels.Batch {
	return kernels.Batch{Capacity: r.tile * passSteps, Counts: gpu.All(r.state), CountIndex: wordSamples, Groups: gpu.Part(r.state, 4*wordGroups, 12)}
}

func (r *NeRF) hdr() uint32 {
	if r.field.HDR {
		return 1
	}
	return 0
}

// split makes a frame by a kernel for each step.
type split struct {
	*NeRF
	positions, lengths, rayOf, radiance, alphas gpu.Buffer
}

func (s *split) begin(rec *gpu.Recording, first, count int) {
	kernels.SplitRays(rec, kernels.SplitRaysBinds{Cameras: gpu.All(s.camera), Views: gpu.All(s.view), Rays: gpu.All(s.rays)},
		kernels.SplitRaysPush{First: uint32(first), Count: uint32(count)})
	push := kernels.SplitSpansPush{First: uint32(first), Count: uint32(count)}
	push.SetLaw(s.law)
	kernels.SplitSpans(rec, kernels.SplitSpansBinds{Views: gpu.All(s.view), Rays: gpu.All(s.rays), Alive: gpu.All(s.alive), Pixels: gpu.All(s.pixels)}, push)
}

// pass is one pass over the n live rays listed in live[from].
func (s *split) pass(from int, kind passKind, n int) *gpu.Recording {
	rec := gpu.NewRecording("split pass")
	live, state, capacity := gpu.All(s.live[from]), gpu.All(s.state), uint32(s.tile*passSteps)
	counted, rays, most := wordLive+uint32(from), uint32(n), uint32(n)*kind.steps
	march := kernels.SplitMarchPush{MaxMip: uint32(field.Cascades(s.field.AABBScale) - 1), Capacity: capacity, Steps: kind.steps, CountIndex: counted,
		SamplesIndex: wordSamples, GroupsIndex: wordGroups, GroupSize: 64}
	march.SetLaw(s.law)
	kernels.SplitMarch(rec, kernels.SplitMarchBinds{Live: live, Occupancy: gpu.All(s.bits), State: state, Rays: gpu.All(s.rays), Positions: gpu.All(s.positions),
		Lengths: gpu.All(s.lengths), RayOf: gpu.All(s.rayOf)}, march, rays)
	lo, hi := field.TrainingBox(s.field.AABBScale)
	kernels.SplitInputs(rec, kernels.SplitInputsBinds{State: state, Rays: gpu.All(s.rays), Positions: gpu.All(s.positions), RayOf: gpu.All(s.rayOf), Samples: gpu.All(s.samples)},
		kernels.SplitInputsPush{LoX: lo[0], LoY: lo[1], LoZ: lo[2], InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2]),
			Capacity: capacity, CountIndex: wordSamples}, most)
	s.field.Infer(rec, kind.params, s.batch(), gpu.All(s.samples), gpu.All(s.raw))
	kernels.SplitRadiance(rec, kernels.SplitRadianceBinds{State: state, Raw: gpu.All(s.raw), Radiance: gpu.All(s.radiance)},
		kernels.SplitRadiancePush{Capacity: capacity, CountIndex: wordSamples, Hdr: s.hdr()}, most)
	kernels.SplitAlpha(rec, kernels.SplitAlphaBinds{State: state, Radiance: gpu.All(s.radiance), Lengths: gpu.All(s.lengths), Alphas: gpu.All(s.alphas)},
		kernels.SplitAlphaPush{Capacity: capacity, CountIndex: wordSamples}, most)
	kernels.SplitComposite(rec, kernels.SplitCompositeBinds{Live: live, State: state, Rays: gpu.All(s.rays), Positions: gpu.All(s.positions), Lengths: gpu.All(s.lengths),
		Radiance: gpu.All(s.radiance), Alphas: gpu.All(s.alphas), Pixels: gpu.All(s.pixels), Alive: gpu.All(s.alive)},
		kernels.SplitCompositePush{Capacity: capacity, Steps: kind.steps, CountIndex: counted, MinTransmittance: kind.minTransmittance, Near: kind.near}, rays)
	s.compact(rec, s.at(from), s.at(from+1), false)
	rec.Download(s.state, 0, gpu.Bytes(s.words))
	return rec
}

// joined makes a frame by one kernel before the network and one after it.
type joined struct {
	*NeRF
	next, depths, none gpu.Buffer
}

// begin clears the pixels: rays that meet nothing are never listed.
func (j *joined) begin(rec *gpu.Recording, count int) {
	rec.Fill(j.pixels, 0, count*pixelBytes, 0)
}

// pass is pass number `pass` over n live rays, in the first all rays of the tile. The tile begins with a pixel of the whole picture,
// which is number `first` of the frame.
func (j *joined) pass(pass int, kind passKind, pixel, first, n int) *gpu.Recording {
	rec := gpu.NewRecording("joined pass")
	from, to := uint32(wordLive+pass%2), uint32(wordLive+1-pass%2)
	state, capacity := gpu.All(j.state), uint32(j.tile*passSteps)
	lo, hi := field.TrainingBox(j.field.AABBScale)
	push := kernels.FramePrePush{First: uint32(pixel), LoX: lo[0], LoY: lo[1], LoZ: lo[2], InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2]),
		MaxMip: uint32(field.Cascades(j.field.AABBScale) - 1), Capacity: capacity, Steps: kind.steps, CountIndex: from, NextIndex: to, SamplesIndex: wordSamples,
		GroupsIndex: wordGroups, GroupSize: 64, Near: kind.near}
	push.SetLaw(j.law)
	counted := from
	if pass == 1 { // its live rays are those with a sample
		push.Initial, counted = 1, wordSamples
	}
	directions, plane, apart := j.field.Directions(j.batch())
	if apart {
		push.Sh, push.OutputPlane = 1, uint32(plane)
	} else {
		directions = gpu.All(j.none)
	}
	kernels.FramePre(rec, kernels.FramePreBinds{Cameras: gpu.All(j.camera), Views: gpu.All(j.view), Live: gpu.All(j.live[pass%2]), Occupancy: gpu.All(j.bits), State: state,
		Next: gpu.All(j.next), Samples: gpu.All(j.samples), Depths: gpu.All(j.depths), Features: directions}, push, uint32(n))
	if apart {
		j.field.InferDirected(rec, kind.params, j.batch(), gpu.All(j.samples), gpu.All(j.raw))
	} else {
		j.field.Infer(rec, kind.params, j.batch(), gpu.All(j.samples), gpu.All(j.raw))
	}
	post := kernels.FramePostPush{First: uint32(first), Capacity: capacity, Steps: kind.steps, CountIndex: counted, NextIndex: to, Hdr: j.hdr(),
		MinTransmittance: kind.minTransmittance}
	display, image := gpu.All(j.none), gpu.All(j.none)
	if j.shown != nil {
		post.Show, display, image = 1, gpu.All(j.display), gpu.All(j.image)
	}
	kernels.FramePost(rec, kernels.FramePostBinds{LiveIn: gpu.All(j.live[pass%2]), State: state, Next: gpu.All(j.next), Samples: gpu.All(j.samples),
		Depths: gpu.All(j.depths), Raw: gpu.All(j.raw), Displays: display, Pixels: gpu.All(j.pixels), LiveOut: gpu.All(j.live[1-pass%2]), Image: image}, post, uint32(n))
	rec.Download(j.state, 0, gpu.Bytes(j.words))
	return rec
}
