package main

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/train"
)

// nerfOptions are what the training of a radiance field can do beyond colours of posed images (docs/training.md). The zero
// value does none of it.
type nerfOptions struct {
	DepthWeight float32 `placeholder:"W" help:"Also learn the data set's depth maps, with this weight beside the colours; 0.1 is a good start."`
	DepthLoss   string  `placeholder:"LOSS" help:"Loss of depths: L1 (the default), L2, Huber, MAPE, SMAPE, LogL1, RelativeL2 or RelativeL1."`

	TrainMode     string `default:"nerf" enum:"nerf,rfl,rflrelax" help:"What is compared with the pictures: colours of rays (nerf), of their samples (rfl, for surfaces), or of what is seen from each sample on (rflrelax)."`
	TrainModeFrom *int   `placeholder:"STEP" help:"First step of the --train-mode; before it, nerf. Default: 1000 for rfl, else 0."`
	TrainModeTo   int    `placeholder:"STEP" help:"Step from which on it is nerf again; 0: never."`

	NearDistance float32 `default:"0.1" help:"Push density away from cameras that are closer than this, in the scene's cube; 0 does not."`
	Freeze       string  `placeholder:"PART" help:"Leave the encoding, or the networks, as --resume has them: encoding or networks."`

	OptimizeExposure bool `help:"Also find every picture's exposure, for pictures that are not equally bright."`

	Appearance *int `placeholder:"N" help:"Find so many numbers for the appearance of every picture, for pictures of different weather or light; default: n_extra_learnable_dims of the data set, else 0."`

	RefineCameras bool `help:"Also correct the poses of the pictures; \"radia cameras\" writes them."`
}

// nearDistance is the default of --near-distance, that of the reference.
const nearDistance = 0.1

// rflWarmup is how many steps pass before --train-mode rfl, as in the reference: it sharpens what is there.
const rflWarmup = 1000

func (o *nerfOptions) mode() train.Mode {
	return map[string]train.Mode{"rfl": train.ModeRfl, "rflrelax": train.ModeRflRelax}[o.TrainMode]
}

// given names the first of the flags that was used, or nothing.
func (o *nerfOptions) given() string {
	switch {
	case o.DepthWeight != 0:
		return "--depth-weight"
	case o.DepthLoss != "":
		return "--depth-loss"
	case o.mode() != train.ModeNeRF:
		return "--train-mode"
	case o.NearDistance != nearDistance:
		return "--near-distance"
	case o.Freeze != "":
		return "--freeze"
	case o.OptimizeExposure:
		return "--optimize-exposure"
	case o.Appearance != nil:
		return "--appearance"
	case o.RefineCameras:
		return "--refine-cameras"
	}
	return ""
}

// check refuses wrong values.
func (o *nerfOptions) check() error {
	if w := o.DepthWeight; !(w >= 0 && w <= math.MaxFloat32) {
		return app.UsageError(fmt.Sprintf("--depth-weight %v: must be a number that is not negative", w))
	}
	if o.mode() == train.ModeNeRF && (o.TrainModeFrom != nil || o.TrainModeTo != 0) {
		return app.UsageError("--train-mode-from and --train-mode-to need a --train-mode other than nerf")
	}
	if o.TrainModeFrom != nil && *o.TrainModeFrom < 0 || o.TrainModeTo < 0 {
		return app.UsageError("--train-mode-from and --train-mode-to must not be negative")
	}
	if !(o.NearDistance >= 0 && o.NearDistance <= math.MaxFloat32) {
		return app.UsageError(fmt.Sprintf("--near-distance %v: must be a number that is not negative", o.NearDistance))
	}
	if o.Freeze != "" && o.Freeze != "encoding" && o.Freeze != "networks" {
		return app.UsageError(fmt.Sprintf("--freeze %s: must be encoding or networks", o.Freeze))
	}
	if o.DepthLoss != "" && o.DepthWeight == 0 {
		return app.UsageError("--depth-loss needs a --depth-weight")
	}
	if n := o.Appearance; n != nil && (*n < 0 || *n > scene.MaxLatents) {
		return app.UsageError(fmt.Sprintf("--appearance %d: must be from 0 to %d numbers", *n, scene.MaxLatents))
	}
	_, err := o.depth()
	return err
}

func (o *nerfOptions) depth() (d train.DepthOptions, err error) {
	d.Weight, d.Loss = o.DepthWeight, kernels.LossL1
	if o.DepthLoss != "" {
		if d.Loss, err = kernels.ParseLoss(o.DepthLoss); err != nil || d.Loss == kernels.LossCrossEntropy {
			return d, app.UsageError(fmt.Sprintf("--depth-loss %s: must be L1, L2, Huber, MAPE, SMAPE, LogL1, RelativeL2 or RelativeL1", o.DepthLoss))
		}
	}
	return d, nil
}

// found says what a training has found beside the field.
func (o *nerfOptions) found(env *app.Env, t *train.NeRF) error {
	moved, turned, ok, err := t.Corrections()
	if err != nil {
		return err
	}
	if ok {
		env.Logf("cameras have moved by %.4f of the scene's cube and turned by %.3f degrees on average; radia cameras writes them", moved, turned*180/math.Pi)
	}
	exposures, err := t.Exposures()
	if err != nil || len(exposures) == 0 {
		return err
	}
	lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, e := range exposures {
		mean := (e[0] + e[1] + e[2]) / 3
		lo, hi = min(lo, mean), max(hi, mean)
	}
	env.Logf("exposures of pictures are corrected by %+.2f to %+.2f stops", lo, hi)
	return nil
}

// apply sets the options of a training.
func (o *nerfOptions) apply(opt *train.Options) (err error) {
	opt.NearDistance, opt.FreezeEncoding, opt.FreezeNetworks = o.NearDistance, o.Freeze == "encoding", o.Freeze == "networks"
	opt.Mode, opt.ModeTo = o.mode(), o.TrainModeTo
	if opt.Mode == train.ModeRfl {
		opt.ModeFrom = rflWarmup
	}
	if o.TrainModeFrom != nil {
		opt.ModeFrom = *o.TrainModeFrom
	}
	opt.RefineCameras, opt.OptimizeExposure = o.RefineCameras, o.OptimizeExposure
	opt.Depth, err = o.depth()
	return err
}
