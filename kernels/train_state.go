package kernels

import (
	"unsafe"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
)

// TrainState is the `state` buffer that drives a training step on the device (shaders/lib/train_state.glsl). It holds
// everything that a resumed training needs besides parameters, moments and the occupancy grid, so that resuming continues
// bit by bit. Any kernel can take its count from this buffer by word index.
type TrainState struct {
	Step                    uint32 // finished training steps
	Rays                    uint32 // rays of this batch
	Samples                 uint32 // samples of this batch that fit the sample capacity
	Kept                    uint32 // samples before termination that fit the batch capacity
	SamplesTotal            uint32 // samples before clamping
	KeptTotal               uint32 // kept samples before clamping
	RngLo, RngHi            uint32 // pcg32 position of this step
	IncLo, IncHi            uint32 // pcg32 stream
	GridRngLo, GridRngHi    uint32 // the same for the occupancy grid
	GridIncLo, GridIncHi    uint32
	GridStep                uint32 // finished updates of the occupancy grid
	MeasuredSamples         uint32 // totals of the last finished step; 0 before the first
	MeasuredKept            uint32
	Flags                   uint32    // Flag bits, kept until the host clears them
	RayGroups, SampleGroups [3]uint32 // indirect group counts
	KeptGroups              [3]uint32
	_                       [5]uint32
}

// Bits of TrainState.Flags.
const (
	FlagLossNotFinite  = 1 << iota // a step's mean loss was infinite or NaN
	FlagSamplesDropped             // a batch had more samples than the sample capacity; whole rays were left out
	FlagKeptDropped                // a batch kept more samples than the batch capacity; whole rays were left out
	FlagNothingKept                // a batch kept no sample at all
)

// Word indices in TrainState, for push constants named count_index and the like.
const (
	StateRays         = 1
	StateSamples      = 2
	StateKept         = 3
	StateSamplesTotal = 4
	StateKeptTotal    = 5
	StateRayGroups    = 18
	StateSampleGroups = 21
	StateKeptGroups   = 24
)

// TrainStateSize is the size of the state buffer in bytes.
const TrainStateSize = int(unsafe.Sizeof(TrainState{}))

// NewTrainState is the state before the first step: the ray generator is pcg32(seed), the grid's is pcg32 seeded with the
// first number of pcg32(seed).
func NewTrainState(seed uint64, rays uint32) TrainState {
	rng := pcg32.New(seed)
	first := rng
	grid := pcg32.New(uint64(first.Uint32()))
	var s TrainState
	s.Rays = rays
	s.RngLo, s.RngHi = split64(rng.State)
	s.IncLo, s.IncHi = split64(rng.Inc)
	s.GridRngLo, s.GridRngHi = split64(grid.State)
	s.GridIncLo, s.GridIncHi = split64(grid.Inc)
	return s
}

func (s *TrainState) rng() pcg32.Source {
	return pcg32.Source{State: join64(s.RngLo, s.RngHi), Inc: join64(s.IncLo, s.IncHi)}
}

func (s *TrainState) gridRng() pcg32.Source {
	return pcg32.Source{State: join64(s.GridRngLo, s.GridRngHi), Inc: join64(s.GridIncLo, s.GridIncHi)}
}

func split64(v uint64) (lo, hi uint32) { return uint32(v), uint32(v >> 32) }
func join64(lo, hi uint32) uint64      { return uint64(hi)<<32 | uint64(lo) }

// stateOf is the state binding of a call.
func stateOf(b []byte) *TrainState { return &gpu.View[TrainState](b)[0] }

// rayGroup is the workgroup size of every kernel that runs over training rays.
const rayGroup = 64

// RayGroups is where the group counts of a dispatch over this step's rays lie.
func RayGroups(state gpu.Bind) gpu.Bind { return stateGroups(state, StateRayGroups) }

// SampleGroups is where the group counts of a dispatch over this step's samples lie; the workgroup size is the one given to Scan.
func SampleGroups(state gpu.Bind) gpu.Bind { return stateGroups(state, StateSampleGroups) }

// KeptGroups is where the group counts of a dispatch over this step's kept samples lie.
func KeptGroups(state gpu.Bind) gpu.Bind { return stateGroups(state, StateKeptGroups) }

func stateGroups(state gpu.Bind, word int) gpu.Bind {
	return gpu.Part(state.Buffer, state.Offset+4*word, 12)
}
