package render

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// mega renders with one dispatch of nerf_mega for as many pixels as fit into a binding, all of a frame as a rule. On a
// device that a desktop's watchdog guards, a frame is cut into ranges that take about a tenth of a second each.
type mega struct {
	*NeRF
	capacity            int // of frame, in pixels
	canvas, queue, rest gpu.Buffer
	host                []kernels.Pixel
	dispatches          int // of the last sample of a frame
	pace                pace
	handed              int    // rays that an invocation left to another one of the same dispatch, of the last sample of a frame
	most                int    // pixels of a dispatch in tests; 0 is no limit
	budget              uint32 // of a software driver's invocations in tests; 0 is MegaBudget
}

const pixelBytes = 28

// prepare takes the memory for frames of n pixels.
func (r *NeRF) prepare(n int) error {
	m := r.mega
	if r.stages != Whole {
		return nil
	}
	n = int(min(int64(n), r.device.Info().Limits.MaxBinding/pixelBytes))
	if m.capacity < n {
		r.free(&m.canvas)
		if err := r.allocate(sized{&m.canvas, "frame pixels", n * pixelBytes}); err != nil {
			return err
		}
		m.capacity = n
	}
	if m.queue != nil {
		return nil
	}
	if err := r.screen(1); err != nil { // the kernel binds it, whether it shows or not
		return err
	}
	return r.allocate(sized{&m.queue, "ray queue", 4 * kernels.MegaState}, sized{&m.rest, "rays left over", 4 * kernels.MegaRest})
}

// free releases one buffer of allocate, or none.
func (r *NeRF) free(b *gpu.Buffer) {
	if *b == nil {
		return
	}
	r.buffers = slices.DeleteFunc(r.buffers, func(x gpu.Buffer) bool { return x == *b })
	(*b).Release()
	*b = nil
}

// frame renders one sample of every pixel and adds it to f.
func (m *mega) frame(f *Frame, v View, fresh bool) error {
	all := f.Width * f.Height
	watched := guarded(m.device.Info())
	m.dispatches, m.handed = 0, 0
	for first := 0; first < all; {
		n := min(m.capacity, all-first)
		if watched {
			n = m.pace.next(n, all)
		}
		if m.most > 0 {
			n = min(n, m.most)
		}
		if err := v.stopped(); err != nil {
			return err
		}
		if len(m.host) < n {
			m.host = make([]kernels.Pixel, n)
		}
		pixels := m.host[:n]
		if m.shown != nil || m.sum != nil {
			pixels = nil
		}
		start := time.Now()
		if err := m.dispatch(v, first, n, pixels); err != nil {
			return err
		}
		if v.Mode == Normals {
			if err := m.frameNormals(v, first, n, pixels); err != nil {
				return err
			}
		}
		if m.sum != nil {
			if err := m.sum.add(m.device, m.canvas, first, n); err != nil {
				return err
			}
		}
		m.pace.took(n, time.Since(start))
		f.add(first, pixels, fresh, m.opaque)
		for i := range pixels {
			f.Evaluated += int64(pixels[i].Cost)
		}
		first += n
	}
	m.pace.frame()
	return nil
}

// frameNormals turns count pixels of the canvas, those of the frame from first on, into normals. It needs the rays, which the
// mega-kernel keeps to itself: they are made again, tile by tile. The result is brought into pixels, unless that is nil.
func (m *mega) frameNormals(v View, first, count int, pixels []kernels.Pixel) error {
	for at := 0; at < count; at += m.tile {
		n := min(m.tile, count-at)
		rec := gpu.NewRecording("rays for normals")
		m.cameraRays(rec, v, m.law, first+at, n)
		if err := m.device.Submit(rec); err != nil {
			return err
		}
		if err := m.normals(v, m.canvas, at, n); err != nil {
			return err
		}
	}
	if pixels == nil {
		return nil
	}
	rec := gpu.NewRecording("read normals")
	rec.Download(m.canvas, 0, gpu.Bytes(pixels))
	return m.device.Submit(rec)
}

// dispatch renders count pixels from first on and brings them into pixels, or leaves them in what is shown.
func (m *mega) dispatch(v View, first, count int, pixels []kernels.Pixel) error {
	lo, hi := field.TrainingBox(m.field.AABBScale)
	p := kernels.NerfMegaPush{First: uint32(v.pixel(first)), Count: uint32(count), LoX: lo[0], LoY: lo[1], LoZ: lo[2],
		InvX: 1 / (hi[0] - lo[0]), InvY: 1 / (hi[1] - lo[1]), InvZ: 1 / (hi[2] - lo[2]),
		MaxMip: uint32(field.Cascades(m.field.AABBScale) - 1), MaxSamples: kernels.MegaSamples,
		MinTransmittance: v.MinTransmittance, Near: v.NearDistance, Budget: 1 << 31}
	if m.device.Info().Kind == gpu.KindSoftware {
		if p.Budget = kernels.MegaBudget; m.budget != 0 {
			p.Budget = m.budget
		}
	}
	if m.field.HDR {
		p.Hdr = 1
	}
	p.SetLaw(m.law)
	b := kernels.NerfMegaBinds{Cameras: gpu.All(m.camera), Views: gpu.All(m.view), Occupancy: gpu.All(m.bits), Levels: m.field.Levels(),
		Weights: m.field.Weights(m.params), Table: m.field.Table(m.params), Queue: gpu.All(m.queue), Pixels: gpu.All(m.canvas), Rest: gpu.All(m.rest), Displays: gpu.All(m.display), Image: gpu.All(m.image)}
	if m.shown != nil {
		p.Show = 1
	}
	shape, err := m.field.FusedShape(m.params)
	if err != nil {
		return err
	}
	var queue [kernels.MegaState]uint32
	rec := gpu.NewRecording("frame")
	rec.Fill(m.canvas, 0, count*pixelBytes, math.MaxUint32)
	shape.Mega(rec, b, p)
	for {
		m.dispatches++
		rec.Download(m.queue, 0, gpu.Bytes(queue[:]))
		if pixels != nil {
			rec.Download(m.canvas, 0, gpu.Bytes(pixels))
		}
		if err := m.device.Submit(rec); err != nil {
			return err
		}
		m.handed += int(queue[3])
		rec = gpu.NewRecording("rest of a frame")
		if shape.MegaAgain(rec, b, &p, queue) {
			break
		}
	}
	for i := range pixels {
		if pixels[i].Cost != pixels[i].Cost { // as filled before
			return fmt.Errorf("the mega-kernel left pixel %d out: %v ends its loops early; use --pipeline fused", first+i, m.device.Info())
		}
	}
	return nil
}

// Dispatches is how many dispatches of the mega-kernel the last sample of a frame took; 0 for other pipelines.
func (r *NeRF) Dispatches() int {
	if r.stages != Whole {
		return 0
	}
	return r.mega.dispatches
}
