package train

import (
	"fmt"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// sizes lists every buffer of a training with its size in bytes, so that memory is known before any is taken.
func (t *NeRF) sizes() []sized {
	b, l := &t.buf, t.Field.Layout
	n, cap, kept := int(t.maxRays), int(t.cap), int(t.keptCap)
	gradient := 4
	if t.opt.Deterministic {
		gradient = 8 // two words of fixed point
	}
	all := []sized{
		{&b.cameras, "cameras", len(t.data.Frames) * cameraSize},
		{&b.images, "images", t.imageBytes()},
		{&b.state, "state", kernels.TrainStateSize},
		{&b.rays, "rays", n * raySize},
		{&b.targets, "targets", n * targetSize},
		{&b.rayCounts, "ray counts", 4 * n},
		{&b.offsets, "offsets", 4 * n},
		{&b.sums, "scan sums", 4 * kernels.ScanSums(t.maxRays)},
		{&b.samples, "samples", 7 * 4 * cap},
		{&b.rayOf, "ray of sample", 4 * cap},
		{&b.raw, "raw", 4 * 4 * cap},
		{&b.keptCounts, "kept counts", 4 * n},
		{&b.keptOffsets, "kept offsets", 4 * n},
		{&b.results, "ray results", n * resultSize},
		{&b.kept, "kept samples", 7 * 4 * kept},
		{&b.draw, "dL/draw", 4 * 4 * kept},
		{&b.partial, "partial weight gradients", t.slices * 4 * l.NetworkParams},
		{&b.dweights, "network gradients", 4 * l.NetworkParams},
		{&b.dtable, "table gradients", max(gradient*(l.Total-l.NetworkParams), 4)},
		{&b.moments1, "first moments", 4 * l.Total},
		{&b.moments2, "second moments", 4 * l.Total},
		{&b.steps, "steps", 4 * l.Total},
		{&b.correction, "bias corrections", 4 * kernels.AdamTable(float64(t.adam.Beta1), float64(t.adam.Beta2))},
		{&b.schedule, "schedule", scheduleSize},
		{&b.losses, "losses", 4 * lossRing},
		{&b.none, "unused", 256},
	}
	all = append(all, t.depthSizes()...)
	all = append(all, t.overrideSizes()...)
	all = append(all, t.exposureSizes()...)
	all = append(all, t.latentSizes()...)
	return append(all, t.refineSizes()...)
}

// Sizes in bytes of the structures in buffers.
var (
	cameraSize   = len(gpu.Bytes(make([]kernels.Camera, 1)))
	raySize      = len(gpu.Bytes(make([]kernels.Ray, 1)))
	targetSize   = len(gpu.Bytes(make([]kernels.Target, 1)))
	resultSize   = len(gpu.Bytes(make([]kernels.RayResult, 1)))
	scheduleSize = len(gpu.Bytes(make([]kernels.Schedule, 1)))
)

type sized struct {
	buffer *gpu.Buffer
	name   string
	bytes  int
}

// allocate takes the training's memory, after checking that all of it can be had.
func (t *NeRF) allocate() error {
	limits, total := t.device.Info().Limits, int64(0)
	for _, s := range t.sizes() {
		total += int64(s.bytes)
		if int64(s.bytes) > limits.MaxBinding && bindsWhole(s.name) {
			return fmt.Errorf("%w: %s take %d MiB and %v binds at most %d MiB at once; %s",
				gpu.ErrTooLarge, s.name, s.bytes>>20, t.device.Info().Name, limits.MaxBinding>>20, advice(s.name))
		}
	}
	between := int64(0)
	for _, s := range t.Field.Scratch(int(t.cap), int(t.keptCap)) {
		between += int64(s.Bytes)
	}
	total += between
	if have := t.device.Info().MemorySize; have > 0 && total > have {
		return fmt.Errorf("%w: training needs %d MiB, %d MiB of them between the kernels of the %v pipeline, and %v has %d MiB; use a smaller --batch, --config small or --downscale",
			gpu.ErrOutOfMemory, total>>20, between>>20, t.Field.Pipeline, t.device.Info().Name, have>>20)
	}
	if err := t.Field.Reserve(int(t.cap), int(t.keptCap)); err != nil {
		return err
	}
	for _, s := range t.sizes() {
		buffer, err := t.device.NewBuffer(s.name, s.bytes)
		if err != nil {
			return err
		}
		*s.buffer = buffer
	}
	r := gpu.NewRecording("bias corrections")
	r.Upload(t.buf.correction, 0, gpu.Bytes(kernels.BiasCorrection(float64(t.adam.Beta1), float64(t.adam.Beta2), t.buf.correction.Size()/4)))
	return t.device.Submit(r)
}

// bindsWhole tells the buffers that a kernel sees at once from those it sees in parts.
func bindsWhole(name string) bool {
	switch name {
	case "first moments", "second moments", "steps":
		return false
	}
	return true
}

func advice(name string) string {
	if name == "images" || name == "depth maps" || name == "given rays" {
		return "use --downscale"
	}
	if name == "table gradients" { // in float32 whatever --precision says
		return "use a smaller log2_hashmap_size, such as --config base has"
	}
	return "use a smaller --batch or --config small"
}

// imageBytes is the memory of all training images: a word a pixel, two for half images.
func (t *NeRF) imageBytes() int {
	n := t.pixelCount()
	if t.data.HDR {
		n *= 2
	}
	return max(4*n, 4)
}

// pixelCount is that of all training images.
func (t *NeRF) pixelCount() (n int) {
	for _, f := range t.data.Frames {
		n += f.Camera.PixelCount()
	}
	return n
}

// uploadImages copies pixels and cameras to the device, image after image, so that no second copy of all is made.
func (t *NeRF) uploadImages() error {
	cameras := make([]kernels.Camera, len(t.data.Frames))
	pixel := 0
	for i := range t.data.Frames {
		image, err := t.data.Image(i)
		if err != nil {
			return err
		}
		cameras[i] = field.DeviceCamera(t.data.Frames[i].Camera, uint32(pixel))
		words, perPixel := pixels(image, t.data.HDR)
		r := gpu.NewRecording("upload image")
		r.Upload(t.buf.images, 4*perPixel*pixel, gpu.Bytes(words))
		if err := t.device.Submit(r); err != nil {
			return err
		}
		if err := t.device.Wait(); err != nil {
			return err
		}
		pixel += len(words) / perPixel
	}
	r := gpu.NewRecording("upload cameras")
	r.Upload(t.buf.cameras, 0, gpu.Bytes(cameras))
	if err := t.device.Submit(r); err != nil {
		return err
	}
	return t.beginRefinement(cameras)
}

// pixels is an image as the kernels read it.
func pixels(m *scene.Image, hdr bool) (words []uint32, perPixel int) {
	if !hdr {
		return m.Pix, 1
	}
	words = make([]uint32, len(m.Half)/2)
	for i := range words {
		words[i] = uint32(m.Half[2*i]) | uint32(m.Half[2*i+1])<<16
	}
	return words, 2
}

// raysPush describes how training rays are drawn.
func (t *NeRF) raysPush(lo, hi [3]float32, law kernels.StepLaw) kernels.TrainRaysPush {
	p := kernels.TrainRaysPush{NImages: uint32(len(t.data.Frames)), Flags: kernels.RaysSnap}
	p.SetBox(lo, hi)
	p.SetLaw(law)
	if t.data.HDR {
		p.Flags |= kernels.RaysHalf // the targets are sRGB-encoded all the same: that is what pictures of a field are taken for
	}
	switch back := t.opt.Background; {
	case back == nil:
		p.Flags |= kernels.RaysRandomBackground
	default:
		p.BackR, p.BackG, p.BackB = linear(back[0]), linear(back[1]), linear(back[2])
	}
	return p
}

func linear(encoded float32) float32 { return float32(imageio.SRGBToLinear(float64(encoded))) }
