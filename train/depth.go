package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// DepthOptions is supervision by depth maps: the loss of a ray whose pixel has a depth D* grows by
//
//	Weight · Loss(D, D*),  D = Σ w_j t_j
//
// with the weights w_j and the distances t_j of the ray's samples, in the space of the unit cube. Weight 0 leaves it out.
type DepthOptions struct {
	Weight float32
	Loss   kernels.Loss
}

// check refuses what cannot be done with the data set.
func (o DepthOptions) check(data *scene.Dataset) error {
	if !(o.Weight >= 0 && o.Weight <= math.MaxFloat32) {
		return fmt.Errorf("depth weight %v: must be a number that is not negative", o.Weight)
	}
	if o.Weight == 0 {
		return nil
	}
	for i := range data.Frames {
		if data.HasDepth(i) {
			return nil
		}
	}
	return fmt.Errorf("%s: no picture has a depth map to learn from (depth_path in its frame, integer_depth_scale in the file)", data.Path)
}

// depthSizes lists the buffers of depth supervision: a float a pixel, and one a ray.
func (t *NeRF) depthSizes() []sized {
	if t.opt.Depth.Weight == 0 {
		return nil
	}
	return []sized{
		{&t.buf.depths, "depth maps", 4 * t.pixelCount()},
		{&t.buf.rayDepths, "ray depths", 4 * int(t.maxRays)},
	}
}

// uploadDepths copies the depth maps to the device; a picture without one has depth 0, which is unknown.
func (t *NeRF) uploadDepths() error {
	if t.opt.Depth.Weight == 0 {
		return nil
	}
	pixel := 0
	for i := range t.data.Frames {
		n := t.data.Frames[i].Camera.PixelCount()
		z, err := t.data.Depth(i)
		if err != nil {
			return err
		}
		r := gpu.NewRecording("upload depth")
		if z == nil {
			r.Fill(t.buf.depths, 4*pixel, 4*n, 0)
		} else {
			r.Upload(t.buf.depths, 4*pixel, gpu.Bytes(z))
		}
		if err := t.device.Submit(r); err != nil {
			return err
		}
		if err := t.device.Wait(); err != nil {
			return err
		}
		pixel += n
	}
	return nil
}

// recordDepths looks up the depths of the rays that were just drawn.
func (t *NeRF) recordDepths(r *gpu.Recording, state gpu.Bind) {
	if b := &t.buf; t.opt.Depth.Weight != 0 {
		kernels.TrainDepths(r, kernels.TrainDepthsBinds{Cameras: gpu.All(b.cameras), Depths: gpu.All(b.depths), State: state, Rays: gpu.All(b.rays), RayDepths: gpu.All(b.rayDepths)},
			kernels.TrainDepthsPush{NImages: uint32(len(t.data.Frames))})
	}
}

// recordDepthLoss adds the gradient of the depth loss to that of the colours.
func (t *NeRF) recordDepthLoss(r *gpu.Recording, state gpu.Bind, lo, hi [3]float32) {
	if b := &t.buf; t.opt.Depth.Weight != 0 {
		kernels.CompositeDepth(r, kernels.CompositeDepthBinds{State: state, Offsets: gpu.All(b.offsets), KeptCounts: gpu.All(b.keptCounts), KeptOffsets: gpu.All(b.keptOffsets),
			Rays: gpu.All(b.rays), Samples: gpu.All(b.samples), Raw: gpu.All(b.raw), RayDepths: gpu.All(b.rayDepths), Draw: gpu.All(b.draw)},
			kernels.CompositeDepthPush{Capacity: t.cap, KeptCapacity: t.keptCap, LossKind: uint32(t.opt.Depth.Loss), Scale: lossScale * t.opt.Depth.Weight,
				SizeX: hi[0] - lo[0], SizeY: hi[1] - lo[1], SizeZ: hi[2] - lo[2], LoX: lo[0], LoY: lo[1], LoZ: lo[2]})
	}
}
