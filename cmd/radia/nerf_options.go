package main

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/train"
)

// nerfOptions are what the training of a radiance field can do beyond colours of posed images (docs/training.md). The zero
// value does none of it.
type nerfOptions struct {
	DepthWeight float32 `placeholder:"W" help:"Also learn the data set's depth maps, with this weight beside the colours; 1 is a good start."`
	DepthLoss   string  `placeholder:"LOSS" help:"Loss of depths: L1 (the default), L2, Huber, MAPE, SMAPE, LogL1, RelativeL2 or RelativeL1."`

	OptimizeExposure bool `help:"Also find every picture's exposure, for pictures that are not equally bright."`

	RefineCameras bool `help:"Also correct the poses of the pictures; \"radia cameras\" writes them."`
}

// given names the first of the flags that was used, or nothing.
func (o *nerfOptions) given() string {
	switch {
	case o.DepthWeight != 0:
		return "--depth-weight"
	case o.DepthLoss != "":
		return "--depth-loss"
	case o.OptimizeExposure:
		return "--optimize-exposure"
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
	if o.DepthLoss != "" && o.DepthWeight == 0 {
		return app.UsageError("--depth-loss needs a --depth-weight")
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

// apply sets the options of a training.
func (o *nerfOptions) apply(opt *train.Options) (err error) {
	opt.RefineCameras, opt.OptimizeExposure = o.RefineCameras, o.OptimizeExposure
	opt.Depth, err = o.depth()
	return err
}
