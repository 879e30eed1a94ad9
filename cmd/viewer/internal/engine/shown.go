package engine

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/train"
)

// renderer makes pictures of the part of a field that lies in a box.
type renderer interface {
	Render(render.View) (*render.Frame, error)
	// Add is Render of one sample a pixel into sums on the device, so that nothing comes to the host.
	Add(v render.View, sums gpu.Buffer, at int, fresh bool) error
	SetBox([2][3]float32)
	Release()
}

// trainer goes on training.
type trainer interface {
	Run(ctx context.Context, limits train.Limits, report func(train.Report)) error
}

// errGone says that a field could not be made anew after it was released.
var errGone = errors.New("nothing is left to show after the last failure; open a file")

// prepare sets a renderer's box for a view of what is in a box, and returns what it is to render.
func prepare(r renderer, b Box, v View) render.View {
	b = cropped(b, v.Crop)
	r.SetBox([2][3]float32{b.Lo, b.Hi})
	want := render.View{Camera: v.Camera, Band: render.Band(v.Region), SPP: 1, First: v.Sample, NearDistance: v.Near, Aperture: v.Aperture, Focus: v.Focus, Levels: v.Levels}
	switch {
	case v.Normals:
		want.Mode = render.Normals
	case v.Slice > 0:
		want.Mode, want.Slice = render.Slice, v.Slice
	}
	return want
}

// show renders a view of what is in a box.
func show(ctx context.Context, r renderer, b Box, v View, f *Frame) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	out, err := r.Render(prepare(r, b, v))
	if err != nil {
		return err
	}
	f.Take(out)
	return nil
}

// goOn trains for about the given time; elapsed adds up the time of training.
func goOn(ctx context.Context, t trainer, d time.Duration, elapsed *time.Duration) (Progress, error) {
	var p Progress
	start := time.Now()
	err := t.Run(ctx, train.Limits{Time: d}, func(r train.Report) {
		p = Progress{Step: r.Step, Loss: r.Loss, PSNR: r.PSNR, RaysRate: r.RaysRate, SamplesRate: r.SamplesRate, SamplesRay: r.SamplesPerRay}
	})
	*elapsed += time.Since(start)
	p.Elapsed = *elapsed
	if err == nil && p.Step == 0 {
		err = context.Canceled
	}
	if math.IsNaN(p.PSNR) || math.IsInf(p.PSNR, 0) {
		p.PSNR = 0
	}
	return p, err
}
