// Package train makes fields from data. A training step is one recording that is replayed: what changes from step to
// step (numbers of rays and samples, random numbers, learning rate) lives on the device.
package train

import (
	"fmt"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/snapshot"
)

// Options of a NeRF training.
type Options struct {
	Config *config.Config
	// Batch is how many samples a step should keep after termination; the number of rays adapts to it.
	Batch int
	Seed  uint64
	// Background is a fixed colour, sRGB-encoded; nil draws a random one for every ray, which makes transparency
	// observable and is the default.
	Background *[3]float32
	// Half lets the kernels read an fp16 copy of the encoding's table; the optimiser keeps float32.
	Half bool
	// Deterministic makes two runs on one device equal bit by bit; gradients are summed in fixed point. The CPU device
	// always is.
	Deterministic bool
	// Pipeline is which kernels evaluate the field.
	Pipeline field.Pipeline
	// NearDistance pushes density away from cameras that are closer than this (reference default 0.1).
	NearDistance float32
	// Depth adds the expected depth of rays to what is learned, where the data set knows it; the zero value does not.
	Depth DepthOptions
	// RefineCameras corrects the poses of the pictures while it trains.
	RefineCameras bool
	// OptimizeExposure finds every picture's exposure while it trains.
	OptimizeExposure bool

	// Mode is what the loss compares with the pictures, from step ModeFrom on and before step ModeTo (0: to the end); before
	// and after that it is ModeNeRF.
	Mode             Mode
	ModeFrom, ModeTo int

	// FreezeEncoding and FreezeNetworks leave the tables of the encodings, or the weights of the networks, as they are; for
	// resumed trainings.
	FreezeEncoding, FreezeNetworks bool

	// Latents is how many numbers every picture has for its appearance, found while it trains.
	Latents int
	// IgnoreLights leaves out the directions of the pictures' lights, which else are inputs of the colour network where all
	// pictures have one.
	IgnoreLights bool

	keepExposure bool // of the snapshot that is resumed, where OptimizeExposure is not set
}

// Sizes of a training in relation to its batch.
const (
	sampleFactor = 16   // samples before termination, as a multiple of the batch
	initialRays  = 4096 // of a batch of referenceBatch
	// referenceBatch is the batch for which the published schedules are made; smaller batches stretch what is counted
	// in steps so that it stays the same in samples.
	referenceBatch = 1 << 18
	// averageBatch is how many samples pass between updates of the parameters' average: half the published number, since
	// short trainings with small batches would otherwise be rendered long behind their last step.
	averageBatch  = 1 << 17
	hostSlices    = 32  // partial sums of the networks' gradients, a number that does not depend on threads
	gpuSlices     = 256 // one workgroup each
	lossRing      = 256 // steps whose losses can be read back at once
	maxRaySamples = 1024
	lossScale     = 128
)

// Batches that can be trained with, in samples: one ray of a radiance field must fit, or a step may keep nothing at all.
const (
	LeastBatch    = maxRaySamples
	LeastFitBatch = 256 // of the other kinds of fields
	MostBatch     = 1 << 22
)

// NeRF is a training in progress.
type NeRF struct {
	Field *field.NeRF

	device  gpu.Device
	data    *scene.Dataset
	opt     Options
	loss    kernels.Loss
	adam    config.Adam
	decay   config.ExponentialDecay
	ema     *config.Ema
	slices  int // partial sums of the networks' gradients
	emaGap  int // steps between updates of the average
	batch   uint32
	cap     uint32 // samples before termination
	keptCap uint32
	maxRays uint32

	buf  buffers
	grid *occupancy
	step map[stepKind]*gpu.Recording
	done int // steps submitted

	overridden             overrideBuffers
	exposure               exposureBuffers
	exposureStep           *gpu.Recording // nil where exposures are not learned
	latent                 latentBuffers
	latentStep             *gpu.Recording // nil where no latents are learned
	refined                refineBuffers
	cameraStep, cameraRest *gpu.Recording        // on the corrections, and before refineFirst; nil where cameras are not refined
	fixedMoves, fixedTurns []snapshot.VectorAdam // corrections of cameras that stay as they are

	losses []float32
}

// buffers of a training on its device.
type buffers struct {
	cameras, images                    gpu.Buffer
	state, rays, targets               gpu.Buffer
	rayCounts, offsets, sums           gpu.Buffer
	samples, rayOf, raw                gpu.Buffer
	keptCounts, keptOffsets, results   gpu.Buffer
	kept, draw                         gpu.Buffer
	partial, dweights, dtable          gpu.Buffer
	moments1, moments2, steps          gpu.Buffer
	depths, rayDepths                  gpu.Buffer // with DepthOptions
	correction, schedule, losses, none gpu.Buffer
}

// NewNeRF prepares a training of a field with fresh parameters on the data set's images.
func NewNeRF(d gpu.Device, data *scene.Dataset, opt Options) (*NeRF, error) {
	t, err := prepare(d, data, opt)
	if err != nil {
		return nil, err
	}
	if err = t.Field.Init(uint32(opt.Seed)); err == nil {
		err = t.begin()
	}
	if err == nil {
		err = t.grid.markUntrained()
	}
	if err != nil {
		t.Release()
		return nil, err
	}
	return t, nil
}

// Release frees the training's memory and the field's.
func (t *NeRF) Release() {
	var all []gpu.Buffer
	for _, s := range t.sizes() {
		all = append(all, *s.buffer)
	}
	if t.grid != nil {
		all = append(all, t.grid.buffers...)
	}
	for _, b := range all {
		if b != nil {
			b.Release()
		}
	}
	t.Field.Release()
	t.buf, t.refined, t.exposure, t.latent, t.overridden, t.grid = buffers{}, refineBuffers{}, exposureBuffers{}, latentBuffers{}, overrideBuffers{}, nil
}

// begin sets the state before the first step.
func (t *NeRF) begin() error {
	state := kernels.NewTrainState(t.opt.Seed, t.firstRays())
	schedule := t.firstSchedule()
	r := gpu.NewRecording("first state")
	r.Upload(t.buf.state, 0, gpu.Bytes([]kernels.TrainState{state}))
	r.Upload(t.buf.schedule, 0, gpu.Bytes([]kernels.Schedule{schedule}))
	return t.device.Submit(r)
}

// firstSchedule is the schedule before the first step.
func (t *NeRF) firstSchedule() kernels.Schedule {
	return kernels.NewSchedule(t.adam.LearningRate, t.decay.Base, uint32(t.decay.Start), uint32(t.decay.Interval), uint32(t.decay.End), t.emaDecay())
}

// firstRays is the number of rays of the first step.
func (t *NeRF) firstRays() uint32 {
	return min(max(uint32(initialRays*int64(t.batch)/referenceBatch)&^255, 256), t.maxRays)
}

func (t *NeRF) emaDecay() float32 {
	if t.ema == nil {
		return 0
	}
	return t.ema.Decay
}

// prepare allocates everything and records the steps; parameters and state are not set.
func prepare(d gpu.Device, data *scene.Dataset, opt Options) (*NeRF, error) {
	if opt.Batch < LeastBatch || opt.Batch > MostBatch {
		return nil, fmt.Errorf("batch %d: must be from %d to %d samples", opt.Batch, LeastBatch, MostBatch)
	}
	if len(data.Frames) == 0 {
		return nil, fmt.Errorf("%s: no images to train on", data.Path)
	}
	if err := data.CheckCameras(); err != nil {
		return nil, err
	}
	if err := opt.Depth.check(data); err != nil {
		return nil, err
	}
	if opt.Latents < 0 || opt.Latents > field.MostExtra-field.LightDims {
		return nil, fmt.Errorf("%d latents of each picture: from 0 to %d are possible", opt.Latents, field.MostExtra-field.LightDims)
	}
	if opt.ModeFrom < 0 || opt.ModeTo < 0 {
		return nil, fmt.Errorf("the training mode holds from step %d to step %d: steps are not negative", opt.ModeFrom, opt.ModeTo)
	}
	t := &NeRF{device: d, data: data, opt: opt, step: map[stepKind]*gpu.Recording{}}
	var err error
	if t.loss, err = kernels.ParseLoss(opt.Config.Loss.OType); err != nil {
		return nil, fmt.Errorf("%s: %w", opt.Config.Name, err)
	}
	t.adam, t.decay, t.ema = optimizerChain(opt.Config.Optimizer)
	t.batch = uint32(opt.Batch)
	t.cap, t.keptCap, t.maxRays = sampleFactor*t.batch, t.batch+t.batch/4, t.batch
	t.slices = gpuSlices
	if d.Info().Backend == "host" {
		t.slices = hostSlices
	}
	t.emaGap = max(1, averageBatch/opt.Batch)
	if t.Field, err = field.NewNeRF(d, opt.Config, data.AABBScale, field.NeRFOptions{Half: opt.Half, Averaged: t.ema != nil, Pipeline: opt.Pipeline, InputGradients: opt.RefineCameras,
		ExtraDims: lightDims(data, opt) + opt.Latents}); err != nil {
		return nil, err
	}
	t.Field.HDR = data.HDR
	if err = t.allocate(); err == nil {
		err = t.uploadImages()
	}
	if err == nil {
		err = t.uploadDepths()
	}
	if err == nil {
		err = t.beginExposures()
	}
	if err == nil {
		err = t.beginLatents()
	}
	if err == nil {
		err = t.uploadOverrides()
	}
	if err == nil {
		err = newOccupancy(t)
	}
	if err != nil {
		t.Release()
		return nil, err
	}
	t.losses = make([]float32, lossRing)
	for _, kind := range t.stepKinds() {
		t.step[kind] = t.record(kind)
	}
	return t, nil
}

// optimizerChain takes the nested optimisers apart: Ema{ExponentialDecay{Adam}} with any of the outer two absent.
func optimizerChain(o config.Optimizer) (config.Adam, config.ExponentialDecay, *config.Ema) {
	var decay config.ExponentialDecay
	if o.Decay != nil {
		decay = *o.Decay
	}
	return o.Adam, decay, o.Ema
}

// Batch is how many samples a step aims at.
func (t *NeRF) Batch() int { return t.opt.Batch }

// DefaultBatch is a batch that suits the device: the published size where there is a GPU, a smaller one where steps
// must be short to be many.
func DefaultBatch(d gpu.Device) int {
	switch d.Info().Kind {
	case gpu.KindHost, gpu.KindSoftware:
		return 1 << 15
	}
	return referenceBatch
}

// StoredBatch is the batch a snapshot was trained with, or other where it does not say.
func StoredBatch(s *snapshot.Snapshot, other int) int {
	if s.Radia != nil {
		if v, ok := s.Radia.State[keyBatch].(int64); ok && v > 0 && v < 1<<31 {
			return int(v)
		}
	}
	return other
}

// StoredSeed is the seed of the random sequences that a snapshot goes on with; ok is false where it holds none.
func StoredSeed(s *snapshot.Snapshot) (seed uint64, ok bool) {
	if s.Radia == nil {
		return 0, false
	}
	v, ok := s.Radia.State[keySeed].(int64)
	return uint64(v), ok
}
