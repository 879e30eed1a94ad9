package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(march) }

// blockGrid is a bitfield of all cascades in which cubes of 16³ cells are wholly occupied or wholly empty, and each cascade
// covers what the finer ones hold.
func blockGrid(seed uint64, share float32) []uint32 {
	rng := pcg32.New(seed)
	bits := make([]uint32, kernels.OccupancySize/4)
	for block := range len(bits) / 128 { // 16³ cells are 128 words, contiguous in Morton order
		if rng.Float32() < share {
			for w := range 128 {
				bits[block*128+w] = math.MaxUint32
			}
		}
	}
	for level := 1; level < kernels.GridCascades; level++ {
		bits = oracle.Pool(bits, level)
	}
	return bits
}

type marchInput struct {
	bits   []uint32
	rays   []kernels.Ray
	want   [][]oracle.Sample
	counts []uint32
	size   float64 // edge of the training box
	push   kernels.MarchCountPush
	name   string
}

// marchRays draws rays, keeping those whose samples cannot depend on rounding, plus some dead ones.
func marchRays(seed uint64, cone, size float64, maxMip, limit, n int) marchInput {
	in := marchInput{bits: blockGrid(seed, 0.3), size: size}
	rng := pcg32.New(seed + 1)
	lo, hi := float32(0.5-size/2), float32(0.5+size/2)
	law32, law := kernels.NewStepLaw(cone), oracle.NewStepLaw(cone)
	for tries := 0; len(in.rays) < n; tries++ {
		if tries > 100*n {
			panic("conformance: no rays are far enough from every boundary")
		}
		var o, d [3]float64
		for i := range o {
			o[i] = float64(float32(0.5 + (float64(rng.Float32())-0.5)*2*size))
			d[i] = float64(rng.Float32()) - 0.5
		}
		l := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
		for i := range d {
			d[i] = float64(float32(d[i] / l))
		}
		t0, t1, _, hit := oracle.Box(o, d, [3]float64{float64(lo), float64(lo), float64(lo)}, [3]float64{float64(hi), float64(hi), float64(hi)})
		if !hit {
			continue
		}
		t := float32(law.Position(law.Number(math.Max(t0, 0)) + float64(rng.Float32())))
		tmax := float32(t1)
		samples, sure := oracle.March(in.bits, law, o, d, float64(t), float64(tmax), maxMip, 0, true, limit)
		if !sure {
			continue
		}
		r := kernels.Ray{Ox: float32(o[0]), Oy: float32(o[1]), Oz: float32(o[2]), Dx: float32(d[0]), Dy: float32(d[1]), Dz: float32(d[2]),
			T: t, Tmax: tmax, Flags: kernels.RayAlive}
		if len(in.rays)%17 == 5 {
			r.Flags, samples = 0, nil
		}
		in.rays, in.want, in.counts = append(in.rays, r), append(in.want, samples), append(in.counts, uint32(len(samples)))
	}
	in.push = kernels.NewMarchPush([3]float32{lo, lo, lo}, [3]float32{hi, hi, hi}, law32, uint32(maxMip), uint32(limit), 0)
	in.name = fmt.Sprintf("cone=%.4g box=%g mips=%d limit=%d rays=%d seed=%d", cone, size, maxMip, limit, n, seed)
	return in
}

func march() []*check.Case {
	var out []*check.Case
	for _, in := range []marchInput{
		marchRays(31, 0, 1, 0, 1024, 60),
		marchRays(32, 1.0/256, 1, 0, 1024, 60),
		marchRays(33, 1.0/256, 16, 4, 1024, 60),
		marchRays(34, 1.0/256, 128, 7, 1024, 40),
		marchRays(35, 0, 1, 0, 40, 40),
	} {
		out = append(out, marchCountCase(in), marchEmitCase(in))
	}
	return out
}

func marchCountCase(in marchInput) *check.Case {
	n := len(in.rays)
	state := kernels.NewTrainState(1, uint32(n))
	k := kernels.MarchCountKernel
	return &check.Case{
		Name: in.name, Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: in.push.Bytes(),
		Args:   []check.Arg{check.In(in.rays), check.In(in.bits), stateArg(state), check.Out(n)},
		Oracle: func() []check.Want { return []check.Want{{Binding: 3, Words: in.counts}} },
		// The step law of constant steps where steps should grow, and the reverse.
		Fault: func(c *gpu.Call) {
			p := *gpu.PushOf[kernels.MarchCountPush](c)
			law := kernels.NewStepLaw(1.0 / 128)
			p.Cone, p.Lambda, p.A, p.B, p.Ta, p.Tb = law.Cone, law.Lambda, law.A, law.B, law.Ta, law.Tb
			if p.MaxSamples++; p.MaxSamples > 100 {
				p.MaxSamples--
			}
			wrong := *c
			wrong.Push = p.Bytes()
			k.Twin(&wrong)
		},
	}
}

func marchEmitCase(in marchInput) *check.Case {
	n := len(in.rays)
	state := kernels.NewTrainState(1, uint32(n))
	offsets := make([]uint32, n)
	total := uint32(0)
	for i, c := range in.counts {
		offsets[i] = total
		total += c
	}
	// The capacity cuts off the last rays with samples.
	last := n - 1
	for in.counts[last] == 0 {
		last--
	}
	capacity := total - 1
	push := in.push
	push.Capacity = capacity
	k := kernels.MarchEmitKernel
	return &check.Case{
		Name: in.name, Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(in.rays), check.In(in.bits), stateArg(state), check.In(in.counts), check.In(offsets),
			check.Out(int(7 * capacity)), check.Out(int(capacity))},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 5, Bytes: func(got []byte) error { return checkEmitted(got, in, int(capacity), last) }},
				{Binding: 6, Bytes: func(got []byte) error {
					at := 0
					for i, c := range in.counts[:last] {
						for range c {
							if wordAt(got, at) != uint32(i) {
								return fmt.Errorf("sample %d belongs to ray %d, got %d", at, i, wordAt(got, at))
							}
							at++
						}
					}
					return untouched(got, at)
				}}}
		},
		// Directions are not mapped to 0..1.
		Fault: func(c *gpu.Call) {
			k.Twin(c)
			for i, v := range gpu.View[float32](c.Bind[5])[3*capacity : 6*capacity] {
				gpu.View[float32](c.Bind[5])[3*int(capacity)+i] = 2*v - 1
			}
		},
	}
}

func checkEmitted(got []byte, in marchInput, capacity, last int) error {
	at := 0
	for i := range in.rays[:last] {
		r := &in.rays[i]
		for _, s := range in.want[i] {
			var want, tol [7]float64
			for k := range 3 {
				want[k] = (s.P[k]-0.5)/in.size + 0.5
				// t and the product rounded, the subtraction of the corner and the multiplication.
				tol[k] = (s.Eps+4*(math.Abs(s.P[k])+in.size)/(1<<24))/in.size + 2.0/(1<<24)
				tol[3+k] = 1.0 / (1 << 23)
			}
			want[3], want[4], want[5] = (float64(r.Dx)+1)/2, (float64(r.Dy)+1)/2, (float64(r.Dz)+1)/2
			want[6], tol[6] = s.Dt, 2*s.Eps
			for k := range 7 {
				if g := floatAt(got, k*capacity+at); !(math.Abs(g-want[k]) <= tol[k]) {
					return fmt.Errorf("ray %d sample %d plane %d: got %v, want %v within %.2g", i, at, k, g, want[k], tol[k])
				}
			}
			at++
		}
	}
	for k := range 7 {
		for i := at; i < capacity; i++ {
			if wordAt(got, k*capacity+i) != 0xFFFFFFFF {
				return fmt.Errorf("plane %d: word %d of a ray that does not fit was written", k, i)
			}
		}
	}
	return nil
}
