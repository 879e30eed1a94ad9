package train

import (
	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// overrideBuffers say how the rays of pictures are made that are not those of one posed lens: taken while the camera moves,
// or given pixel by pixel. Where there are none, nothing is allocated or recorded.
type overrideBuffers struct{ overrides, given gpu.Buffer }

var overrideSize = len(gpu.Bytes(make([]kernels.RayOverride, 1)))

// overrides tells whether any picture has rays of its own, and how many pixels have given ones.
func (t *NeRF) overrides() (any bool, given int) {
	for i, f := range t.data.Frames {
		any = any || t.data.Moves(i) || t.data.HasRays(i)
		if t.data.HasRays(i) {
			given += f.Camera.PixelCount()
		}
	}
	return any, given
}

func (t *NeRF) overrideSizes() []sized {
	any, given := t.overrides()
	if !any {
		return nil
	}
	return []sized{
		{&t.overridden.overrides, "ray overrides", len(t.data.Frames) * overrideSize},
		{&t.overridden.given, "given rays", max(4*scene.RaysPerPixel*given, 4)},
	}
}

// uploadOverrides copies motions and given rays to the device, picture after picture.
func (t *NeRF) uploadOverrides() error {
	if t.overridden.overrides == nil {
		return nil
	}
	overrides, pixel := make([]kernels.RayOverride, len(t.data.Frames)), 0
	s := t.data.RollingShutter
	for i := range t.data.Frames {
		f, o := &t.data.Frames[i], &overrides[i]
		switch {
		case t.data.HasRays(i):
			rays, err := t.data.Rays(i)
			if err != nil {
				return err
			}
			o.Kind, o.First = kernels.OverrideGiven, uint32(pixel)
			r := gpu.NewRecording("upload rays")
			r.Upload(t.overridden.given, 4*scene.RaysPerPixel*pixel, gpu.Bytes(rays))
			if err := t.device.Submit(r); err != nil {
				return err
			}
			if err := t.device.Wait(); err != nil {
				return err
			}
			pixel += f.Camera.PixelCount()
		case t.data.Moves(i):
			turn, move := field.Motion(f.Camera.Pose, *f.PoseEnd)
			*o = kernels.RayOverride{Kind: kernels.OverrideMoving, TurnX: turn[0], TurnY: turn[1], TurnZ: turn[2], MoveX: move[0], MoveY: move[1], MoveZ: move[2],
				Time: s[0], TimeU: s[1], TimeV: s[2], TimeShutter: s[3]}
		}
	}
	r := gpu.NewRecording("ray overrides")
	r.Upload(t.overridden.overrides, 0, gpu.Bytes(overrides))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	return t.device.Wait()
}

// recordOverrides replaces the rays that were just drawn where their pictures have others.
func (t *NeRF) recordOverrides(r *gpu.Recording, state gpu.Bind, rays kernels.TrainRaysPush) {
	if b := &t.buf; t.overridden.overrides != nil {
		kernels.RayOverrides(r, kernels.RayOverridesBinds{Cameras: gpu.All(b.cameras), Images: gpu.All(b.images), State: state, Overrides: gpu.All(t.overridden.overrides),
			Given: gpu.All(t.overridden.given), Rays: gpu.All(b.rays)}, kernels.NewRayOverridesPush(rays))
	}
}

// seeing are the cameras that tell which cells of the occupancy grid can be learned: of a camera that moves, both ends of its
// way and its middle. ok is false where rays are given, which may go anywhere.
func (t *NeRF) seeing() (cameras []kernels.Camera, ok bool) {
	for i, f := range t.data.Frames {
		if t.data.HasRays(i) {
			return nil, false
		}
		cameras = append(cameras, field.DeviceCamera(f.Camera, 0))
		if !t.data.Moves(i) {
			continue
		}
		turn, move := field.Motion(f.Camera.Pose, *f.PoseEnd)
		for _, s := range []float32{0.5, 1} {
			at := f.Camera
			at.Pose = field.Corrected(f.Camera.Pose, mgl32.Vec3(move).Mul(s), mgl32.Vec3(turn).Mul(s))
			cameras = append(cameras, field.DeviceCamera(at, 0))
		}
	}
	return cameras, true
}
