package kernels

import (
	"errors"
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/simd"
)

// NerfMega renders pixels first to first+count-1 of a frame from camera to composited pixel in one dispatch: rays come from a queue, and each is
// marched, evaluated and composited without leaving the invocation (persistent threads after Aila and Laine 2009). queue[0]
// starts at 0 and is at least the number of pixels when all are taken.
var NerfMega = register(&gpu.Kernel{
	Name:     "nerf_mega",
	Layout:   nerfMegaLayout,
	Variants: withFit(halves(nerfMegaVariants, planMega, nil), "lanes", megaLanesFit),
	Twin:     nerfMegaTwin,
	SIMD:     nerfMegaBlocks,
	Bounds: map[string]cmp.Bound{
		"rest":  {Kind: cmp.Stat, Outliers: 1, Why: "which rays are left over depends on how fast each invocation is; the oracle asks for the pixels they complete"},
		"queue": {Kind: cmp.Stat, Outliers: 1, Why: "every invocation that finds it exhausted counts once more; the oracle asks for at least the pixels"},
		"image": displayBytes,
		"pixels": {Kind: cmp.Stat, Abs: 2e-3, Rel: 2e-3, Outliers: 0.05,
			Why: "networkBound over the samples of a ray, whose weights sum to at most 1; a sample at the edge of a cell may be another lattice point"},
	},
})

// nerfLanesFit takes the form whose lanes load weights for each other on software drivers only, where a load costs as much
// as many operations; a GPU's lanes share a load of one address. A workgroup has as many invocations as others have samples.
func nerfLanesFit(info *gpu.Info, l *gpu.Layout, spec []uint32) (gpu.Plan, error) {
	plan, err := megaLanesFit(info, l, spec)
	plan.Spec = append([]uint32(nil), spec...)
	plan.Spec[l.SpecIndex("local_size_x")] = nerfTile
	return plan, err
}

// megaLanesFit is nerfLanesFit with the workgroup as it is.
func megaLanesFit(info *gpu.Info, _ *gpu.Layout, spec []uint32) (gpu.Plan, error) {
	switch {
	case info.Kind != gpu.KindSoftware:
		return gpu.Plan{}, errors.New("for software drivers")
	case info.Limits.SubgroupSize < 8:
		return gpu.Plan{}, fmt.Errorf("a subgroup of %d, not at least 8", info.Limits.SubgroupSize)
	}
	return gpu.Plan{Spec: spec}, nil
}

// MegaSamples is the most samples of a ray, as in the reference.
const MegaSamples = 10000

// MegaState are the words of the queue: pixels taken, rays of an earlier dispatch taken, rays left over, those of them taken again.
const MegaState = 4

// MegaRest is the number of words of rest: two lists of a pair for each invocation, which leaves one ray at most.
const MegaRest = 4 * 64 * megaGroups

// MegaBudget is the budget for drivers that end loops after 65,535 iterations of a subgroup. The rest is for what is counted
// only when it has run: a turn of marching and the loops of one point. The portable form does not know what others in step
// march meanwhile; the network, in which they are together, is most of it, and marching is counted at the most it can be.
const MegaBudget = 56000

// megaUnlimited is a budget that no invocation spends.
const megaUnlimited = 1 << 31

// megaLargest is the largest workgroup of any plan.
const megaLargest = 256

// megaGroups bounds the workgroups of a dispatch: any number serves the queue, and no device runs more at a time.
const megaGroups = 4096

// Mega appends nerf_mega over p.Count pixels and clears the queue before. Where the budget is limited, queue says
// afterwards whether MegaAgain must follow.
func (n NeRF) Mega(r *gpu.Recording, b NerfMegaBinds, p NerfMegaPush) {
	r.Fill(b.Queue.Buffer, b.Queue.Offset, 4*MegaState, 0)
	p.RestIn, p.RestOut, p.RestCount = 0, 0, 0
	n.mega(r, b, p)
}

// MegaAgain appends the dispatch that goes on after that of push p left queue; it changes p. done: there is nothing left.
func (n NeRF) MegaAgain(r *gpu.Recording, b NerfMegaBinds, p *NerfMegaPush, queue [MegaState]uint32) (done bool) {
	if queue[0] >= p.Count && queue[2] == queue[3] {
		return true
	}
	r.Fill(b.Queue.Buffer, b.Queue.Offset+4, 4*(MegaState-1), 0)
	p.RestIn, p.RestOut, p.RestCount = p.RestOut+2*queue[3], MegaRest/2-p.RestOut, queue[2]-queue[3]
	n.mega(r, b, *p)
	return false
}

func (n NeRF) mega(r *gpu.Recording, b NerfMegaBinds, p NerfMegaPush) {
	groups := min(megaGroups, (p.Count+63)/64)
	if p.Budget < megaUnlimited { // no ray is there yet
		r.Fill(b.Rest.Buffer, b.Rest.Offset+4*int(p.RestOut), 4*int(min(MegaRest/2, 2*megaLargest*groups)), 0)
	}
	r.Dispatch(NerfMega, [3]uint32{groups, 1, 1}, p.Bytes(), n.Spec(NerfMega), b.List()...)
}

// SetLaw fills in the step law.
func (p *NerfMegaPush) SetLaw(l StepLaw) {
	p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
}

// mega is one call on the CPU: rays of a range of pixels go through the network in blocks.
type mega struct {
	push    *NerfMegaPush
	cam     *Camera
	view    *View
	marcher marcher
	lo, inv vec3
	pixels  []Pixel
	rest    []uint32
	screen  *Display
	image   []uint32
	taken   uint32 // pixels of the frame that an earlier dispatch took
}

// megaRay is a ray in flight.
type megaRay struct {
	rayState
	px     Pixel
	pixel  uint32
	cosine float32
	t, dt  float32 // of its sample
}

// megaBlock is a worker's memory: rays in flight, the sample of each as six planes and the network's outputs as four.
type megaBlock struct {
	rays         []megaRay
	samples, raw []float32
	infer        func(n int)
}

func newMega(c *gpu.Call) *mega {
	p := gpu.PushOf[NerfMegaPush](c)
	return &mega{
		push: p, cam: &gpu.View[Camera](c.Bind[0])[0], view: &gpu.View[View](c.Bind[1])[0],
		marcher: marcher{law: StepLaw{p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb}, maxMip: p.MaxMip, minMip: p.MinMip, occupancy: gpu.View[uint32](c.Bind[2])},
		lo:      vec3{p.LoX, p.LoY, p.LoZ}, inv: vec3{p.InvX, p.InvY, p.InvZ},
		pixels: gpu.View[Pixel](c.Bind[7]), rest: gpu.View[uint32](c.Bind[8]),
		screen: &gpu.View[Display](c.Bind[9])[0], image: gpu.View[uint32](c.Bind[10]),
		taken: min(p.Count, gpu.View[uint32](c.Bind[6])[0]),
	}
}

// begin sends ray i of the call; false where it misses, and then the pixel is written.
func (s *mega) begin(i uint32, r *megaRay) bool {
	pixel, k := s.ray(i)
	o, d, seen := viewRay(s.cam, s.view, pixel)
	t, tmax, hit := viewSpan(s.view, &s.marcher.law, pixel, o, d, seen)
	*r = megaRay{rayState: rayState{o: o, d: d, n0: s.marcher.law.number(t), tmax: tmax}, px: Pixel{Depth: far}, pixel: pixel,
		cosine: viewCosine(s.cam, d)}
	if r.k = k; k != 0 {
		r.px = s.pixels[pixel-s.push.First]
	}
	if !hit {
		s.finish(r)
	}
	return hit
}

// finish writes the pixel of a ray that has ended.
func (s *mega) finish(r *megaRay) {
	s.pixels[r.pixel-s.push.First] = r.px
	if s.push.Show != 0 {
		s.image[r.pixel] = s.screen.bytes(&r.px)
	}
}

// ray is the pixel and the first lattice point of ray i of the call.
func (s *mega) ray(i uint32) (pixel, k uint32) {
	if i < s.push.RestCount {
		return s.rest[s.push.RestIn+2*i] - 1, s.rest[s.push.RestIn+2*i+1]
	}
	return s.push.First + s.taken + i - s.push.RestCount, 0
}

// run renders the rays next to end-1, those to go on with before the frame's, through the block, whose capacity is len(b.rays).
func (s *mega) run(b *megaBlock, next, end uint32) {
	size, live := len(b.rays), 0
	for {
		for i := 0; i < size; {
			r := &b.rays[i]
			if i == live { // a free place
				if next == end {
					break
				}
				if s.begin(next, r) {
					live++
				}
				next++
				continue
			}
			pos, t, dt, ok := vec3{}, float32(0), float32(0), false
			if r.px.Cost < float32(s.push.MaxSamples) {
				pos, t, dt, ok = s.marcher.next(&r.rayState)
			}
			if !ok { // the last ray takes its place
				s.finish(r)
				live--
				*r = b.rays[live]
				continue
			}
			r.t, r.dt = t, dt
			for k := range 3 {
				b.samples[k*size+i] = (pos[k] - s.lo[k]) * s.inv[k]
				b.samples[(3+k)*size+i] = (r.d[k] + 1) * 0.5
			}
			i++
		}
		if live == 0 {
			return
		}
		b.infer(live)
		kept := 0
		for i := range live {
			r := &b.rays[i]
			raw := [4]float32{b.raw[i], b.raw[size+i], b.raw[2*size+i], b.raw[3*size+i]}
			if radianceAdd(&r.px, raw, r.dt, (r.t+s.push.Near)*r.cosine, s.push.Hdr != 0, s.push.MinTransmittance) {
				s.finish(r)
				continue
			}
			if kept != i {
				b.rays[kept] = *r
			}
			kept++
		}
		live = kept
	}
}

// spread renders all pixels on the pool, in ranges that a block can fill many times over.
func (s *mega) spread(c *gpu.Call, size, grain int, infer func(b *megaBlock) func(n int)) {
	if c.Groups[0]*c.Groups[1] == 0 {
		return
	}
	blocks := make([]*megaBlock, c.Pool.Workers())
	n := int(s.push.Count - s.taken + s.push.RestCount)
	c.Pool.Run((n+grain-1)/grain, func(task, worker int) {
		b := blocks[worker]
		if b == nil {
			// The planes that inference does not read still belong to what its bindings are.
			b = &megaBlock{rays: make([]megaRay, size), samples: make([]float32, 7*size), raw: make([]float32, 4*size)}
			b.infer = infer(b)
			blocks[worker] = b
		}
		s.run(b, uint32(task*grain), uint32(min(n, (task+1)*grain)))
	})
	queue := gpu.View[uint32](c.Bind[6])
	queue[0], queue[1] = max(queue[0], s.push.Count), s.push.RestCount
}

func nerfMegaTwin(c *gpu.Call) {
	newMega(c).spread(c, twinTile, 8*twinTile, func(b *megaBlock) func(int) {
		net := &nerfCall{NeRF: specNeRF(c), samples: b.samples, levels: gpu.View[Level](c.Bind[3]),
			weights: gpu.View[float32](c.Bind[4]), table: gpu.View[uint32](c.Bind[5]), capacity: twinTile}
		net.density, net.rgb = net.DensityMLP(), net.RGBMLP()
		t := net.scratch()
		return func(n int) {
			net.forward(t, 0, n, true)
			for k := range 3 {
				copy(b.raw[k*twinTile:][:n], t.rgb[net.RGBHidden+1][k*twinTile:])
			}
			copy(b.raw[3*twinTile:][:n], t.density[net.DensityHidden+1])
		}
	})
}

// Sizes of the vector form: a multiple of its block of samples, small enough for a cache.
const (
	megaRays  = 384
	megaRange = 4096
)

// serial is a pool of one worker, for work inside a task.
type serial struct{}

func (serial) Workers() int { return 1 }

func (serial) Run(tasks int, f func(task, worker int)) {
	for i := range tasks {
		f(i, 0)
	}
}

// nerfMegaBlocks is the vector form: the vector form of nerf_infer evaluates each block.
func nerfMegaBlocks(c *gpu.Call) bool {
	spec := specNeRF(c).Spec(NerfInfer)
	call := func(b *megaBlock, counts []uint32) *gpu.Call {
		return &gpu.Call{Kernel: NerfInfer, Groups: [3]uint32{1, 1, 1}, Spec: spec, Pool: serial{},
			Push: NerfInferPush{Capacity: uint32(len(b.rays))}.Bytes(),
			Bind: [][]byte{gpu.Bytes(b.samples), c.Bind[3], c.Bind[4], c.Bind[5], gpu.Bytes(counts), gpu.Bytes(b.raw)}}
	}
	probe := &megaBlock{rays: make([]megaRay, 1), samples: make([]float32, 7), raw: make([]float32, 4)}
	if !simd.NerfInfer(call(probe, []uint32{0})) {
		return false
	}
	newMega(c).spread(c, megaRays, megaRange, func(b *megaBlock) func(int) {
		counts := make([]uint32, 1)
		inner := call(b, counts)
		return func(n int) {
			counts[0] = uint32(n)
			simd.NerfInfer(inner)
		}
	})
	return true
}
