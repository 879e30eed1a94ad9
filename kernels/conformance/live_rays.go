package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

// liveRays are rays in a frame, some of which a list says are alive, with the truth of their next samples.
type liveRays struct {
	name         string
	steps        int
	bits         []uint32
	rays         []kernels.Ray
	live         []uint32
	want         [][]oracle.Sample // of each ray, at most steps
	state, after []uint32          // live rays in word 3; then samples in word 5, groups of 32 from word 8 on
}

// newLiveRays draws rays whose samples cannot depend on rounding, in a training box of edge 4 with three cascades. Their next
// lattice point is the one numbered from, counted from T.
func newLiveRays(seed uint64, n, steps int, from float64) *liveRays {
	in := &liveRays{name: fmt.Sprintf("rays=%d steps=%d seed=%d", n, steps, seed), steps: steps, bits: blockGrid(seed, 0.03)}
	for level := 1; level < 8; level++ {
		in.bits = oracle.Pool(in.bits, level)
	}
	law := oracle.NewStepLaw(viewCone)
	rng := pcg32.New(seed)
	for len(in.rays) < n {
		var o, d [3]float64
		for i := range o {
			o[i], d[i] = float64(rng.Float32()*4-1.5), float64(rng.Float32()-0.5)
		}
		t, tmax := 0.05+rng.Float32(), 1+2*rng.Float32()
		s, sure := oracle.March(in.bits, law, o, d, law.Position(law.Number(float64(t))+from), float64(tmax), 2, 0, false, steps)
		if sure {
			in.rays = append(in.rays, kernels.Ray{Ox: float32(o[0]), Oy: float32(o[1]), Oz: float32(o[2]), Dx: float32(d[0]), Dy: float32(d[1]), Dz: float32(d[2]),
				T: t, Tmax: tmax, Cosine: 1, Flags: 7})
			in.want = append(in.want, s)
		}
	}
	in.live = make([]uint32, n-10)
	for i := range in.live {
		in.live[i] = uint32(i*7) % uint32(n)
	}
	in.state = make([]uint32, 16)
	in.state[3] = uint32(len(in.live))
	in.after = append([]uint32(nil), in.state...)
	samples := uint32(steps * len(in.live))
	in.after[5], in.after[8], in.after[9], in.after[10] = samples, (samples+31)/32, 1, 1
	return in
}

// judgeRays asks that every live ray has t after its last sample, or at its end.
func (in *liveRays) judgeRays(got []byte) error {
	return in.judgeNext(func(index int) float64 { return floatAt(got, 10*index+6) })
}

// judgeNext asks that every live ray goes on after its last sample, or at its end.
func (in *liveRays) judgeNext(next func(index int) float64) error {
	for s, index := range in.live {
		samples, r := in.want[index], in.rays[index]
		t, tol := float64(r.Tmax), 0.0
		if len(samples) == in.steps {
			last := samples[in.steps-1]
			t, tol = last.T+last.Dt, 2*last.Eps
		}
		if g := next(int(index)); !(math.Abs(g-t) <= tol) {
			return fmt.Errorf("live ray %d goes on at %v, want %v", s, g, t)
		}
	}
	return nil
}

// each calls f for every element of the list of samples; x is nil behind the end of a ray.
func (in *liveRays) each(f func(at int, x *oracle.Sample) error) error {
	for s, index := range in.live {
		for j := range in.steps {
			var x *oracle.Sample
			if j < len(in.want[index]) {
				x = &in.want[index][j]
			}
			if err := f(j*len(in.live)+s, x); err != nil {
				return fmt.Errorf("ray %d: %w", index, err)
			}
		}
	}
	return nil
}

func (in *liveRays) judgeStep(g float64, at int, x *oracle.Sample) error {
	dt, tol := 0.0, 0.0
	if x != nil {
		dt, tol = x.Dt, 2*x.Eps
	}
	if !(math.Abs(g-dt) <= tol) {
		return fmt.Errorf("sample %d: step %v, want %v", at, g, dt)
	}
	return nil
}

// truePixel is a Pixel in float64: r, g, b, a, depth, weight, cost.
type truePixel [7]float64

func pixelTruth(p kernels.Pixel) truePixel {
	return truePixel{float64(p.R), float64(p.G), float64(p.B), float64(p.A), float64(p.Depth), float64(p.Weight), float64(p.Cost)}
}

// add composites a sample; true where the opacity passes the limit.
func (v *truePixel) add(alpha float64, color [3]float64, depth, limit float64) bool {
	w := (1 - v[3]) * alpha
	for k := range 3 {
		v[k] += w * color[k]
	}
	v[3] += w
	v[6]++
	if w > v[5] {
		v[5], v[4] = w, depth
	}
	if v[3] <= limit {
		return false
	}
	for k := range 3 {
		v[k] /= v[3]
	}
	v[3] = 1
	return true
}
