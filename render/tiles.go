package render

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels"
)

// tiles is what every renderer has: the memory for a tile of rays, and the way of its finished pixels into a frame or into sums on
// the device.
type tiles struct {
	device gpu.Device
	box    [2][3]float32
	tile   int     // rays that are marched together
	opaque float32 // alpha above which a pixel has a depth

	camera, view, rays, alive, pixels gpu.Buffer
	buffers                           []gpu.Buffer
	sum                               *sum // where samples are collected on the device, nil where not
	host                              []kernels.Pixel
}

// sized is a buffer to be made.
type sized struct {
	buffer *gpu.Buffer
	name   string
	bytes  int
}

// rayBuffers are those of a tile of rays.
func (r *tiles) rayBuffers() []sized {
	n := r.tile
	return []sized{
		{&r.camera, "camera", len(gpu.Bytes(make([]kernels.Camera, 1)))},
		{&r.view, "view", len(gpu.Bytes(make([]kernels.View, 1)))},
		{&r.rays, "view rays", n * len(gpu.Bytes(make([]kernels.Ray, 1)))},
		{&r.alive, "alive", 4 * n},
		{&r.pixels, "pixels", n * pixelBytes},
	}
}

// allocate makes buffers that Release frees; on an error it frees all.
func (r *tiles) allocate(all ...sized) error {
	for _, s := range all {
		b, err := r.device.NewBuffer(s.name, s.bytes)
		if err != nil {
			r.Release()
			return err
		}
		*s.buffer = b
		r.buffers = append(r.buffers, b)
	}
	return nil
}

// Release frees the renderer's memory, not the field's.
func (r *tiles) Release() {
	for _, b := range r.buffers {
		b.Release()
	}
	r.buffers = nil
}

// SetBox limits rendering to another box in the scene's cube; where it cuts through a solid, the cut is shown.
func (r *tiles) SetBox(box [2][3]float32) { r.box = box }

// begin uploads the camera for one sample of every pixel.
func (r *tiles) begin(v View, sample int) error {
	lo, hi := r.box[0], r.box[1]
	view := kernels.View{LoX: lo[0], LoY: lo[1], LoZ: lo[2], HiX: hi[0], HiY: hi[1], HiZ: hi[2], B00: 1, B11: 1, B22: 1,
		Near: v.NearDistance, Aperture: v.Aperture, Focus: v.Focus, Spp: uint32(sample)}
	if v.SPP == 1 && v.First == 0 {
		view.Snap = 1
	}
	rec := gpu.NewRecording("camera")
	rec.Upload(r.camera, 0, gpu.Bytes([]kernels.Camera{field.DeviceCamera(v.Camera, 0)}))
	rec.Upload(r.view, 0, gpu.Bytes([]kernels.View{view}))
	return r.device.Submit(rec)
}

// cameraRays makes the rays of count pixels, from pixel `first` of the frame on; law places their first lattice points.
func (r *tiles) cameraRays(rec *gpu.Recording, v View, law kernels.StepLaw, first, count int) {
	push := kernels.CameraRaysPush{First: uint32(v.pixel(first)), Count: uint32(count)}
	push.SetLaw(law)
	kernels.CameraRays(rec, kernels.CameraRaysBinds{Cameras: gpu.All(r.camera), Views: gpu.All(r.view), Rays: gpu.All(r.rays), Alive: gpu.All(r.alive), Pixels: gpu.All(r.pixels)}, push)
}

// collect takes a finished tile to where it is wanted: to the sums on the device or into the frame.
func (r *tiles) collect(f *Frame, first, count int, fresh bool) error {
	if r.sum != nil {
		return r.sum.add(r.device, r.pixels, first, count)
	}
	if r.host == nil {
		r.host = make([]kernels.Pixel, r.tile)
	}
	pixels := r.host[:count]
	rec := gpu.NewRecording("read tile")
	rec.Download(r.pixels, 0, gpu.Bytes(pixels))
	if err := r.device.Submit(rec); err != nil {
		return err
	}
	f.add(first, pixels, fresh, r.opaque)
	return nil
}

// lists are the rays of a tile that are still under way, in passes of which each reads one list and fills the other.
type lists struct {
	tiles
	live                      [2]gpu.Buffer
	offsets, blockSums, state gpu.Buffer
}

func newLists(d gpu.Device, box [2][3]float32, n int, opaque float32) lists {
	return lists{tiles: tiles{device: d, box: box, tile: n, opaque: opaque}}
}

// Words of the state buffer: live rays of even and odd passes, samples of a pass and their groups.
const (
	wordLive    = 0 // and 1
	wordSamples = 2
	wordClamped = 3
	wordGroups  = 4
	wordScan    = 7 // groups that the scan writes and nobody reads
	stateWords  = 16
)

// listBuffers are those of a tile and its lists.
func (l *lists) listBuffers() []sized {
	n := l.tile
	return append(l.rayBuffers(), []sized{
		{&l.live[0], "live rays", 4 * n},
		{&l.live[1], "live rays", 4 * n},
		{&l.offsets, "live offsets", 4 * n},
		{&l.blockSums, "live sums", 4 * kernels.ScanSums(uint32(n))},
		{&l.state, "render state", 4 * stateWords},
	}...)
}

// list is a list of rays and the word of state that counts them.
type list struct {
	rays gpu.Buffer
	word uint32
}

// at is the list of even or odd passes.
func (l *lists) at(pass int) list { return list{l.live[pass&1], wordLive + uint32(pass&1)} }

// compact puts the rays of a list that are alive into another; with initial set, those of a tile.
func (l *lists) compact(rec *gpu.Recording, from, to list, initial bool) {
	kernels.Scan(rec, kernels.ScanBinds{Values: gpu.All(l.alive), Sums: gpu.All(l.blockSums), State: gpu.All(l.state), Offsets: gpu.All(l.offsets)},
		kernels.ScanPush{CountIndex: from.word, Capacity: uint32(l.tile), ClampedIndex: wordClamped, TotalIndex: to.word, GroupsIndex: wordScan, GroupSize: 64}, uint32(l.tile))
	push := kernels.RenderCompactPush{CountIndex: from.word}
	if initial {
		push.Initial = 1
	}
	kernels.RenderCompact(rec, kernels.RenderCompactBinds{State: gpu.All(l.state), Alive: gpu.All(l.alive), Offsets: gpu.All(l.offsets), LiveIn: gpu.All(from.rays), LiveOut: gpu.All(to.rays)}, push, uint32(l.tile))
}

// passes are recordings of passes over the live rays, for even and odd ones, by what tells them apart.
type passes[Kind comparable] map[Kind]*[2]*gpu.Recording

// mostPasses is how many pairs of recordings are kept; a slider can ask for any number of kinds.
const mostPasses = 16

func (p passes[Kind]) of(k Kind) *[2]*gpu.Recording {
	if p[k] == nil {
		if len(p) >= mostPasses {
			clear(p)
		}
		p[k] = new([2]*gpu.Recording)
	}
	return p[k]
}
