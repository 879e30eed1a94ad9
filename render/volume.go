package render

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/volume"
)

// Volume renders a learned volume by marching: tiles of rays in passes of a few samples per live ray, as NeRF does. What a
// collision sends on was learned together with the light, so that one march along a ray stands for all of its scattering.
type Volume struct {
	// Behind is seen where the volume is transparent; nil leaves it transparent.
	Behind volume.Light

	lists
	field *field.Volume
	law   kernels.StepLaw

	bits, samples, features, raw gpu.Buffer
	chosen
	slicer
	passes passes[volumePass]
	words  []uint32
}

// volumePass is what recordings of passes are made for.
type volumePass struct {
	minTransmittance, near float32
	params                 gpu.Buffer
}

// volumeSteps is how many samples a live ray gets in a pass.
const volumeSteps = 8

// NewVolume prepares rendering of a field.
func NewVolume(d gpu.Device, f *field.Volume) (*Volume, error) {
	n := 1 << 17
	switch d.Info().Kind {
	case gpu.KindHost:
		n = 1 << 13
	case gpu.KindSoftware: // workgroups without a ray cost as much as a GPU's with one
		n = 1 << 12
	}
	m := f.MLP()
	for int64(n)*volumeSteps*4*int64(max(m.In, m.Out, 7)) > d.Info().Limits.MaxBinding {
		n /= 2
	}
	r := &Volume{lists: newLists(d, [2][3]float32{f.Lo, f.Hi}, n, 0.2), field: f, law: kernels.NewStepLaw(field.Cone(1)), passes: passes[volumePass]{}, words: make([]uint32, stateWords)}
	err := r.allocate(append(r.listBuffers(),
		sized{&r.bits, "occupancy", kernels.OccupancySize},
		sized{&r.samples, "view samples", 7 * 4 * n * volumeSteps},
		sized{&r.features, "features", 4 * n * volumeSteps * m.In},
		sized{&r.raw, "view raw", 4 * n * volumeSteps * m.Out})...)
	if err != nil {
		return nil, err
	}
	if err := r.setCells(); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}

// setCells makes the bitfield of cells with a density. They are given the density 1, which the bitfield's threshold,
// 0.01 or the mean, never reaches.
func (r *Volume) setCells() error {
	var density, mean, sums, state gpu.Buffer
	scratch := []sized{{&density, "density grid", 4 * field.GridCells}, {&mean, "density mean", 4}, {&sums, "density sums", 4 * 256}, {&state, "grid scratch state", kernels.TrainStateSize}}
	for _, s := range scratch {
		b, err := r.device.NewBuffer(s.name, s.bytes)
		if err != nil {
			return err
		}
		*s.buffer = b
		defer b.Release()
	}
	rec := gpu.NewRecording("occupancy of a volume")
	rec.Upload(density, 0, gpu.Bytes(r.field.Occupancy()))
	kernels.OccupancyMean(rec, gpu.All(density), kernels.OccupancyMeanBinds{Sums: gpu.All(sums), State: gpu.All(state), GridMean: gpu.All(mean)})
	kernels.OccupancyBits(rec, kernels.OccupancyBitsBinds{DensityGrid: gpu.All(density), GridMean: gpu.All(mean), Occupancy: gpu.All(r.bits)}, 1)
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	return r.device.Wait()
}

// SetBox limits rendering to a part of the volume's box, in ngp space.
func (r *Volume) SetBox(box [2][3]float32) {
	for k := range 3 {
		r.box[0][k], r.box[1][k] = max(box[0][k], r.field.Lo[k]), min(box[1][k], r.field.Hi[k])
	}
}

// Render makes one picture: Samples of the frame are evaluations of the network.
func (r *Volume) Render(v View) (*Frame, error) {
	f, err := volumeFrame(&v)
	if err != nil {
		return nil, err
	}
	for s := range v.SPP {
		if err := r.renderSample(f, v, v.First+s, s == 0); err != nil {
			return nil, err
		}
	}
	f.finishLinear(v, r.Behind)
	return f, nil
}

// volumeFrame is an empty frame for a view, whose defaults are filled in.
func volumeFrame(v *View) (*Frame, error) {
	w, h := v.size()
	if err := checkSize(w, h); err != nil {
		return nil, err
	}
	switch v.Mode {
	case Shade, Depth, Alpha, Cost, Position, Slice:
	default:
		return nil, fmt.Errorf("a volume has no picture of mode %v; shade, depth, alpha, cost, position and slice are possible", v.Mode)
	}
	v.SPP = max(v.SPP, 1)
	if v.MinTransmittance == 0 {
		v.MinTransmittance = 0.01
	}
	return v.blank(), nil
}

// finishLinear turns sums of linear light over samples per pixel into a frame: the light behind is added where the volume
// is transparent, in linear light, before colours are encoded.
func (f *Frame) finishLinear(v View, behind volume.Light) {
	for i := range f.Depth {
		c := f.Color[4*i : 4*i+4]
		for k := range c {
			c[k] /= float32(v.SPP)
		}
		if v.Mode != Shade && v.Mode != Slice {
			continue
		}
		if behind != nil && v.Mode == Shade {
			if _, d, ok := v.rayOf(i); ok {
				length := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
				b := behind.Radiance([3]float64{d[0] / length, d[1] / length, d[2] / length})
				for k := range b {
					c[k] += (1 - c[3]) * float32(b[k])
				}
				c[3] = 1
			}
		}
		if c[3] > 0 {
			for k := range 3 {
				c[k] = float32(imageio.LinearToSRGB(float64(c[k]/c[3]))) * c[3]
			}
		}
	}
	v.SPP = 1
	f.finish(v)
}

// renderSample renders one sample of every pixel.
func (r *Volume) renderSample(f *Frame, v View, sample int, fresh bool) error {
	if err := r.choose(&r.tiles, r.field, r.field.Layout.Total, v.Levels); err != nil {
		return err
	}
	if err := r.begin(v, sample); err != nil {
		return err
	}
	return eachTile(f, v, r.tile, func(first, count int) error { return r.renderTile(f, v, first, count, fresh) })
}

// renderTile marches the rays of count pixels from first until none is alive and adds them to the frame.
func (r *Volume) renderTile(f *Frame, v View, first, count int, fresh bool) error {
	rec := gpu.NewRecording("tile")
	clear(r.words)
	r.words[wordLive] = uint32(count)
	rec.Upload(r.state, 0, gpu.Bytes(r.words))
	r.cameraRays(rec, v, r.law, first, count)
	if v.Mode == Slice {
		if err := r.slice(rec, v, count); err != nil {
			return err
		}
		return r.collect(f, first, count, fresh)
	}
	r.compact(rec, r.at(0), r.at(1), true)
	rec.Download(r.state, 0, gpu.Bytes(r.words))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	kind := volumePass{v.MinTransmittance, v.NearDistance, r.params}
	pair := r.passes.of(kind)
	for pass := 1; r.words[wordLive+pass%2] > 0 && pass < maxPasses; pass++ {
		if pair[pass%2] == nil {
			pair[pass%2] = r.recordPass(pass%2, kind)
		}
		if err := r.device.Submit(pair[pass%2]); err != nil {
			return err
		}
	}
	return r.collect(f, first, count, fresh)
}

// recordPass writes down one pass over the live rays listed in live[from].
func (r *Volume) recordPass(from int, k volumePass) *gpu.Recording {
	rec := gpu.NewRecording("volume pass")
	capacity, l := uint32(r.tile*volumeSteps), r.law
	live := gpu.All(r.live[from])
	kernels.RenderMarch(rec, kernels.RenderMarchBinds{Live: live, Occupancy: gpu.All(r.bits), State: gpu.All(r.state), Rays: gpu.All(r.rays), Samples: gpu.All(r.samples)},
		kernels.RenderMarchPush{InvX: 1, InvY: 1, InvZ: 1, Cone: l.Cone, Lambda: l.Lambda, A: l.A, B: l.B, Ta: l.Ta, Tb: l.Tb,
			Capacity: capacity, Steps: volumeSteps, CountIndex: wordLive + uint32(from), SamplesIndex: wordSamples, GroupsIndex: wordGroups, GroupSize: 64}, uint32(r.tile))
	r.field.Forward(rec, k.params, kernels.Batch{Capacity: int(capacity), Counts: gpu.All(r.state), CountIndex: wordSamples, Groups: gpu.Part(r.state, 4*wordGroups, 12)},
		gpu.All(r.samples), gpu.All(r.features), gpu.All(r.raw), gpu.Bind{})
	kernels.VolumeComposite(rec, kernels.VolumeCompositeBinds{Live: live, State: gpu.All(r.state), Rays: gpu.All(r.rays), Samples: gpu.All(r.samples), Raw: gpu.All(r.raw), Pixels: gpu.All(r.pixels), Alive: gpu.All(r.alive)},
		kernels.VolumeCompositePush{Capacity: capacity, Steps: volumeSteps, CountIndex: wordLive + uint32(from), Extinction: float32(r.field.Extinction),
			MinTransmittance: k.minTransmittance, Near: k.near}, uint32(r.tile))
	r.compact(rec, r.at(from), r.at(from+1), false)
	rec.Download(r.state, 0, gpu.Bytes(r.words))
	return rec
}
