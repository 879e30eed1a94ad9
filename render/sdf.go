package render

import (
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// Tracing says how rays look for a surface. A learned distance is no lower bound of the true one, so that plain sphere
// tracing would step through thin parts: each step goes only Factor of the distance, and a ray that comes out inside is
// taken back to where the chord between the last two values crosses zero.
type Tracing struct {
	Factor   float32 // part of the distance that a step goes; the reference takes 0.95
	MaxSteps int     // after which a ray hits where it is within four tolerances, and else misses
	// Tolerance is how near a ray must come to hit, and Pixel the part of a pixel's width at the ray's distance that is
	// added to it.
	Tolerance, Pixel float32
}

// DefaultTracing suits fields that train.SDF makes.
func DefaultTracing() Tracing {
	return Tracing{Factor: 0.9, MaxSteps: 256, Tolerance: 5e-5, Pixel: 0.25}
}

// Studio is the light in which a surface is shown, all linear. The key light stands behind the viewer's left shoulder
// and casts soft shadows; the sky above and the ground below reach a surface as far as it is open.
type Studio struct {
	Albedo, Key, Sky, Ground [3]float32
	Gloss                    float32 // strength of the highlight
	Sharpness                float32 // of shadows: their penumbra is 1/Sharpness of the way to what casts them
}

// DefaultStudio is a warm key light under a pale sky.
func DefaultStudio() Studio {
	return Studio{Albedo: [3]float32{0.72, 0.66, 0.58}, Key: [3]float32{0.88, 0.82, 0.74}, Sky: [3]float32{0.33, 0.39, 0.48}, Ground: [3]float32{0.16, 0.13, 0.10},
		Gloss: 0.25, Sharpness: 10}
}

const (
	openPoints = 4     // points above a surface that tell how open it is
	openReach  = 0.012 // height of the first; the others are twice as high each
	shadowLift = 0.006 // way that a shadow ray skips: more than the field's error at the surface
	// normalBack is how far before the hit the gradient is taken. Half of the samples of a training lie on the surface with
	// the distance 0, and where a field is not sure of its place to that accuracy it is flat there: at the hit itself the
	// gradient points anywhere. A little outside it is that of the parallel surface, whose normal is the same.
	normalBack = 0.002
)

// SDF renders a distance field by sphere tracing (Hart 1996): a tile of rays at a time, in passes of a few steps per live
// ray, until none is left; then normals from the gradient of the network, and light.
type SDF struct {
	Tracing Tracing
	Studio  Studio

	lists
	field *field.SDF
	steps int // in a pass

	traces, hits                        gpu.Buffer
	positions, features, outputs        gpu.Buffer
	surfaces, shadows, shadowTraces     gpu.Buffer
	points, pointFeatures, pointOutputs gpu.Buffer
	gradient                            *field.GradientBuffers
	chosen
	slicer
}

// More words of the state buffer: points above surfaces, rays of a tile, and those that hit.
const (
	sdfPoints = wordSamples
	sdfTile   = wordGroups
	sdfHits   = wordGroups + 1
)

// NewSDF prepares rendering of a field.
func NewSDF(d gpu.Device, f *field.SDF) (*SDF, error) {
	r := &SDF{Tracing: DefaultTracing(), Studio: DefaultStudio(), lists: newLists(d, [2][3]float32{f.Lo, f.Hi}, 1<<16, 0), field: f, steps: 6}
	switch d.Info().Kind {
	case gpu.KindHost:
		r.tile, r.steps = 1<<14, 2
	case gpu.KindSoftware: // workgroups without a ray cost as much as a GPU's with one
		r.tile, r.steps = 1<<12, 2
	}
	m := f.MLP()
	for int64(r.tile)*4*int64(max(m.DeltaPlanes(), openPoints*m.In)) > d.Info().Limits.MaxBinding {
		r.tile /= 2
	}
	n := r.tile
	err := r.allocate(append(r.listBuffers(),
		sized{&r.traces, "traces", n * len(gpu.Bytes(make([]kernels.Trace, 1)))},
		sized{&r.hits, "hits", 4 * n},
		sized{&r.positions, "positions", 3 * 4 * n},
		sized{&r.features, "features", 4 * n * m.In},
		sized{&r.outputs, "distances", 4 * n * m.Out},
		sized{&r.surfaces, "surfaces", n * len(gpu.Bytes(make([]kernels.Surface, 1)))},
		sized{&r.shadows, "shadow rays", n * len(gpu.Bytes(make([]kernels.Ray, 1)))},
		sized{&r.shadowTraces, "shadow traces", n * len(gpu.Bytes(make([]kernels.Trace, 1)))},
		sized{&r.points, "points above", 3 * 4 * n * openPoints},
		sized{&r.pointFeatures, "features above", 4 * n * m.In * openPoints},
		sized{&r.pointOutputs, "distances above", 4 * n * m.Out * openPoints})...)
	if err != nil {
		return nil, err
	}
	if r.gradient, err = f.NewGradientBuffers(n); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}

// Release frees the renderer's memory, not the field's.
func (r *SDF) Release() {
	r.lists.Release()
	if r.gradient != nil {
		r.gradient.Release()
	}
}

// Render makes one picture: Samples of the frame are steps of viewing rays.
func (r *SDF) Render(v View) (*Frame, error) {
	return renderSamples(v, r.renderSample)
}

// renderSample renders one sample of every pixel.
func (r *SDF) renderSample(f *Frame, v View, sample int, fresh bool) error {
	if err := r.choose(&r.tiles, r.field, r.field.Layout.Total, v.Levels); err != nil {
		return err
	}
	if err := r.begin(v, sample); err != nil {
		return err
	}
	return eachTile(f, v, r.tile, func(first, count int) error { return r.renderTile(f, v, first, count, fresh) })
}

// renderTile draws count pixels from first and adds them to the frame.
func (r *SDF) renderTile(f *Frame, v View, first, count int, fresh bool) error {
	rec := gpu.NewRecording("tile")
	words := make([]uint32, stateWords)
	words[sdfTile] = uint32(count)
	rec.Upload(r.state, 0, gpu.Bytes(words))
	r.cameraRays(rec, v, kernels.StepLaw{}, first, count)
	if v.Mode == Slice {
		if err := r.slice(rec, v, count); err != nil {
			return err
		}
		return r.collect(f, first, count, fresh)
	}
	tile := list{r.live[1], sdfTile}
	r.compact(rec, tile, r.at(0), true)
	rec.Download(r.state, 0, gpu.Bytes(words))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	push := kernels.SdfTracePush{Capacity: uint32(r.tile), MaxSteps: uint32(r.Tracing.MaxSteps), Factor: r.Tracing.Factor,
		Tolerance: r.Tracing.Tolerance, Cone: r.Tracing.Pixel * pixelWidth(&v.Camera)}
	if err := r.trace(r.at(0), words, r.rays, r.traces, push); err != nil {
		return err
	}
	hits := list{r.hits, sdfHits}
	rec = gpu.NewRecording("hits")
	kernels.SdfHits(rec, kernels.SdfHitsBinds{Rays: gpu.All(r.rays), Traces: gpu.All(r.traces), Pixels: gpu.All(r.pixels), Alive: gpu.All(r.alive)}, kernels.SdfHitsPush{Count: uint32(count)})
	r.compact(rec, tile, hits, true)
	rec.Download(r.state, 0, gpu.Bytes(words))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	if words[sdfHits] > 0 {
		if err := r.light(v, hits, words, push); err != nil {
			return err
		}
	}
	return r.collect(f, first, count, fresh)
}

// pixelWidth is the width of a pixel at distance 1.
func pixelWidth(c *scene.Camera) float32 {
	if c.Lens.Kind == scene.Orthographic || !(c.Focal[1] > 0) {
		return 0
	}
	return 1 / c.Focal[1]
}

// trace steps the rays of a list until all have ended. words is scratch for the state.
func (r *SDF) trace(from list, words []uint32, rays, traces gpu.Buffer, push kernels.SdfTracePush) error {
	var passes [2]*gpu.Recording
	for pass := 0; words[from.word] > 0; pass++ {
		to := r.at(int(from.word) + 1)
		if from.word > 1 {
			to = r.at(1)
		}
		rec := passes[to.word]
		if pass == 0 || rec == nil {
			rec = gpu.NewRecording("sphere tracing")
			push.CountIndex = from.word
			binds := kernels.SdfTraceBinds{Live: gpu.All(from.rays), State: gpu.All(r.state), Rays: gpu.All(rays), Distances: gpu.All(r.outputs),
				Traces: gpu.All(traces), Alive: gpu.All(r.alive), Positions: gpu.All(r.positions)}
			push.Mode = kernels.SdfBegin
			if pass > 0 {
				push.Mode = kernels.SdfPlace
				rec.Fill(r.alive, 0, 4*r.tile, 1)
			}
			kernels.SdfTrace(rec, binds, push, uint32(r.tile))
			push.Mode = kernels.SdfStep
			for range r.steps {
				r.field.Forward(rec, r.params, kernels.Batch{Capacity: r.tile, Counts: gpu.All(r.state), CountIndex: int(from.word)},
					gpu.All(r.positions), gpu.All(r.features), gpu.All(r.outputs), gpu.Bind{})
				kernels.SdfTrace(rec, binds, push, uint32(r.tile))
			}
			r.compact(rec, from, to, false)
			rec.Download(r.state, 0, gpu.Bytes(words))
			if pass > 0 {
				passes[to.word] = rec
			}
		}
		if err := r.device.Submit(rec); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// light colours the hits.
func (r *SDF) light(v View, hits list, words []uint32, push kernels.SdfTracePush) error {
	rec := gpu.NewRecording("surfaces")
	n := uint32(r.tile)
	shade := r.studio(v)
	light := [3]float32{shade.LightX, shade.LightY, shade.LightZ}
	if v.Mode == Shade || v.Mode == Normals {
		place := push
		place.Mode, place.CountIndex, place.Back = kernels.SdfPlace, hits.word, normalBack
		kernels.SdfTrace(rec, kernels.SdfTraceBinds{Live: gpu.All(hits.rays), State: gpu.All(r.state), Rays: gpu.All(r.rays), Distances: gpu.All(r.outputs),
			Traces: gpu.All(r.traces), Alive: gpu.All(r.alive), Positions: gpu.All(r.positions)}, place, n)
		r.field.Gradient(rec, r.params, kernels.Batch{Capacity: r.tile, Counts: gpu.All(r.state), CountIndex: int(hits.word)}, gpu.All(r.positions), r.gradient)
	}
	lo, hi := r.box[0], r.box[1]
	kernels.SdfNormal(rec, kernels.SdfNormalBinds{Live: gpu.All(hits.rays), State: gpu.All(r.state), Rays: gpu.All(r.rays), Gradient: gpu.All(r.gradient.Gradient),
		Surfaces: gpu.All(r.surfaces), Shadows: gpu.All(r.shadows), Points: gpu.All(r.points)},
		kernels.SdfNormalPush{Capacity: n, PointsCapacity: n * openPoints, CountIndex: hits.word, PointsIndex: sdfPoints, PointsCount: openPoints, Reach: openReach, Lift: shadowLift,
			LightX: light[0], LightY: light[1], LightZ: light[2], LoX: lo[0], LoY: lo[1], LoZ: lo[2], HiX: hi[0], HiY: hi[1], HiZ: hi[2]}, n)
	if v.Mode == Shade {
		r.field.Forward(rec, r.params, kernels.Batch{Capacity: r.tile * openPoints, Counts: gpu.All(r.state), CountIndex: sdfPoints},
			gpu.All(r.points), gpu.All(r.pointFeatures), gpu.All(r.pointOutputs), gpu.Bind{})
	}
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	if v.Mode == Shade {
		push.Sharpness, push.Cone, push.Tolerance = r.Studio.Sharpness, 0, shadowLift/2
		if err := r.trace(hits, words, r.shadows, r.shadowTraces, push); err != nil {
			return err
		}
	}
	rec = gpu.NewRecording("light")
	kernels.SdfShade(rec, kernels.SdfShadeBinds{Live: gpu.All(hits.rays), State: gpu.All(r.state), Rays: gpu.All(r.rays), Surfaces: gpu.All(r.surfaces),
		Distances: gpu.All(r.pointOutputs), Traces: gpu.All(r.shadowTraces), Pixels: gpu.All(r.pixels)}, shade, n)
	return r.device.Submit(rec)
}

// studio is the light of a view: the key light follows the camera, so that every side of a turntable is lit alike.
func (r *SDF) studio(v View) kernels.SdfShadePush {
	s := &r.Studio
	p := kernels.SdfShadePush{CountIndex: sdfHits, Capacity: uint32(r.tile * openPoints), PointsCount: openPoints, Reach: openReach, Near: v.NearDistance, Gloss: s.Gloss,
		UpY: 1, KeyR: s.Key[0], KeyG: s.Key[1], KeyB: s.Key[2], SkyR: s.Sky[0], SkyG: s.Sky[1], SkyB: s.Sky[2],
		GroundR: s.Ground[0], GroundG: s.Ground[1], GroundB: s.Ground[2], AlbedoR: s.Albedo[0], AlbedoG: s.Albedo[1], AlbedoB: s.Albedo[2]}
	if v.Mode != Shade { // the other modes are made of depth, alpha and cost
		p.Mode = kernels.SdfNormals
	}
	light, length := [3]float32{}, 0.0
	for k := range light {
		light[k] = -0.55*v.Camera.Pose.At(k, 0) - 0.75*v.Camera.Pose.At(k, 1) - 0.6*v.Camera.Pose.At(k, 2)
		length += float64(light[k]) * float64(light[k])
	}
	length = math.Sqrt(length)
	p.LightX, p.LightY, p.LightZ = float32(float64(light[0])/length), float32(float64(light[1])/length), float32(float64(light[2])/length)
	return p
}
