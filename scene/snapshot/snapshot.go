// Package snapshot reads and writes trained fields in the format of instant-ngp: a MessagePack tree that is the
// network configuration plus one key, "snapshot", with parameters, occupancy grid, cameras and training state.
//
// What the format lacks for resuming a training run bit for bit is kept under snapshot.radia, which other programs
// ignore: see Radia. Keys that this package does not know are kept in Extra and written back.
//
// Nothing in a file is trusted: lengths are compared with the bytes that are there, and sizes with each other.
package snapshot

import (
	"errors"
	"fmt"
	"math/bits"
)

// Version is the version of the format that is read and written.
const Version = 1

// GridSize is the edge of one cascade of the density grid, in cells.
const GridSize = 128

const gridCells = GridSize * GridSize * GridSize

// Snapshot is a stored field.
type Snapshot struct {
	// Config is the merged network configuration as JSON values: nil, bool, int64, float64, string, []any,
	// map[string]any.
	Config map[string]any
	Mode   string // "nerf", "sdf", "image", "volume"
	// Params are the values used for inference, in the order density network, colour network, position encoding,
	// direction encoding.
	Params    Params
	Optimizer *Optimizer // nil: not stored
	// DensityGrid holds float16 bits of σ·(finest step) per cell, Morton order (x in bit 0), cascade after cascade;
	// −1 marks a cell that no camera sees. Empty for other modes and for untrained fields.
	DensityGrid []uint16

	NeRF *NeRF // nil in other modes

	TrainingStep int64
	Loss         float64

	AABB, RenderAABB  Box
	RenderAABBToLocal [3][3]float32
	BoundingRadius    float32
	UpDir, SunDir     [3]float32
	Exposure          float32
	BackgroundColor   [4]float32
	Camera            *Camera // nil: not stored

	Radia *Radia         // nil: written by another program
	Extra map[string]any // keys of "snapshot" that are not understood here
}

// Params are the parameters in one of two precisions: exactly one slice is set.
type Params struct {
	Half  []uint16 // float16 bits
	Float []float32
}

// Len is the number of parameters.
func (p Params) Len() int { return max(len(p.Half), len(p.Float)) }

// Optimizer is the state of Ema{ExponentialDecay{Adam}}; a part is nil where the chain lacks it.
type Optimizer struct {
	Ema   *Ema
	Decay *Decay
	Adam  *Adam
}

// Ema holds the averaged weights as float16 bits. A float32 average belongs into a section of Radia.
type Ema struct{ Weights []uint16 }

// Decay is the state of the learning-rate schedule.
type Decay struct{ LearningRate, Factor float32 }

// Adam is the state of the optimiser: moments and steps of every parameter, empty before the first step.
type Adam struct {
	CurrentStep      int64
	BaseLearningRate float32
	First, Second    []float32
	Steps            []uint32
}

// Box is an axis-aligned box. An empty one has Min = +Inf and Max = −Inf.
type Box struct{ Min, Max [3]float32 }

// Matrix holds the rows of a camera-to-world transform in the space of the unit cube: columns right, down, forward
// and position.
type Matrix [3][4]float32

// Camera is the view of the window when the snapshot was saved.
type Camera struct {
	Matrix              Matrix
	FovAxis             int
	RelativeFocalLength [2]float32
	ScreenCenter        [2]float32
	Zoom, Scale         float32
	ApertureSize        float32
	Autofocus           bool
	AutofocusTarget     [3]float32
	AutofocusDepth      float32
}

// NeRF is the part of a radiance field.
type NeRF struct {
	AABBScale    int // power of two, 1..128
	CamPosOffset []VectorAdam
	CamRotOffset []VectorAdam
	ExtraDims    []VectorAdam // per-image latents
	RGB          RayCounters
	Dataset      Dataset
	Extra        map[string]any
}

// Cascades is the number of stored cascades of the density grid.
func (n *NeRF) Cascades() int { return bits.Len(uint(n.AABBScale)) }

// RayCounters steer the number of rays per training step.
type RayCounters struct {
	RaysPerBatch, MeasuredBatchSize, MeasuredBatchSizeBeforeCompaction int64
}

// VectorAdam is a small vector with an optimiser of its own.
type VectorAdam struct {
	Iter                                int64
	FirstMoment, SecondMoment, Variable []float32
	LearningRate, Epsilon, Beta1, Beta2 float32
}

// Dataset is what is needed of the training images without their pixels. Poses are in the space of the unit cube.
type Dataset struct {
	Paths                  []string
	Images                 []ImageMeta
	RenderAABB             Box
	RenderAABBToLocal      [3][3]float32
	Up, Offset             [3]float32
	Scale                  float32
	EnvmapResolution       [2]int64
	AABBScale              int
	FromMitsuba            bool
	IsHDR                  bool
	WantsImportanceSamples bool
	ExtraLearnableDims     int
	Extra                  map[string]any
}

// ImageMeta is the camera of one training image.
type ImageMeta struct {
	Resolution     [2]int64
	FocalLength    [2]float32 // pixels
	PrincipalPoint [2]float32 // fraction of the resolution
	RollingShutter [4]float32
	// Lens holds the keys of the lens model: {is_fisheye,k1,k2,p1,p2 | k1..k4}, {ftheta_p0..p4,w,h}, {latlong:true},
	// {equirectangular:true}, {orthographic:true}; nil is a pinhole.
	Lens       map[string]any
	Start, End Matrix // pose at the start and end of the exposure
}

// check compares the parts of a snapshot with each other.
func (s *Snapshot) check() error {
	switch s.Mode {
	case "nerf", "sdf", "image", "volume":
	default:
		return fmt.Errorf("snapshot.mode is %s; it must be nerf, sdf, image or volume", kindOf(s.Mode))
	}
	if s.Config == nil {
		return errors.New("the network configuration is missing")
	}
	n := s.Params.Len()
	if n == 0 || s.Params.Half != nil && s.Params.Float != nil {
		return errors.New("snapshot.params_binary must hold parameters of one type")
	}
	if o := s.Optimizer; o != nil {
		if o.Ema != nil && len(o.Ema.Weights) != n && len(o.Ema.Weights) != 0 {
			return fmt.Errorf("optimizer weights_ema_binary has %d values for %d parameters", len(o.Ema.Weights), n)
		}
		if a := o.Adam; a != nil {
			for _, p := range []struct {
				name string
				n    int
			}{{"first_moments", len(a.First)}, {"second_moments", len(a.Second)}, {"param_steps", len(a.Steps)}} {
				if p.n != n && p.n != 0 {
					return fmt.Errorf("optimizer %s_binary has %d values for %d parameters", p.name, p.n, n)
				}
			}
		}
	}
	if s.NeRF == nil {
		if s.Mode == "nerf" {
			return errors.New("snapshot.nerf is missing in a snapshot of mode nerf")
		}
		if len(s.DensityGrid) != 0 {
			return errors.New("snapshot.density_grid_binary is present, but not snapshot.nerf")
		}
	} else {
		a := s.NeRF.AABBScale
		if a < 1 || a > 128 || a&(a-1) != 0 {
			return fmt.Errorf("snapshot.nerf.aabb_scale is %d; it must be a power of two from 1 to 128", a)
		}
		if want := s.NeRF.Cascades() * gridCells; len(s.DensityGrid) != 0 && len(s.DensityGrid) != want {
			return fmt.Errorf("snapshot.density_grid_binary has %d bytes; aabb_scale %d needs %d", 2*len(s.DensityGrid), a, 2*want)
		}
	}
	if s.Radia != nil {
		return s.Radia.check()
	}
	return nil
}
