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

func init() { add(refine) }

func refine() []*check.Case {
	return []*check.Case{
		rayGradientsCase(0), rayGradientsCase(6),
		imageSumsCase(1, 6, 70), imageSumsCase(7, 6, 1000), imageSumsCase(300, 3, 200), imageSumsCase(5, 2, 3),
		cameraAdamCase(true, 0), cameraAdamCase(true, 300), cameraAdamCase(false, 5),
	}
}

// rayGradientsCase compares with central differences of Σ g_j·p_j + h_j·(d+1)/2, which is linear in positions and
// directions, under motions of the camera. Orthographic rays do not begin at their camera.
func rayGradientsCase(lens int) *check.Case {
	const n, images = 150, 3
	rng := pcg32.New(uint64(90 + lens))
	num := func() float64 { return float64(rng.Float32() - 0.5) }
	cameras := make([]kernels.Camera, images)
	for i := range cameras {
		cameras[i], _ = testCamera(lens, [3]float64{1.4, 0.3 + num(), -0.6}, 64, 48, 50)
	}
	kept, offsets, rays := make([]uint32, n), make([]uint32, n), make([]kernels.Ray, n)
	total := uint32(0)
	for i := range rays {
		kept[i], offsets[i] = rng.Uint32()%40, total
		total += kept[i]
		image := uint32(i * images / n)
		c := cameras[image]
		d := [3]float64{num(), num(), num()}
		l := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
		r := kernels.Ray{Ox: c.Tx, Oy: c.Ty, Oz: c.Tz, Dx: float32(d[0] / l), Dy: float32(d[1] / l), Dz: float32(d[2] / l), Flags: kernels.RayAlive | image}
		if lens == 6 {
			r.Ox, r.Oy, r.Oz = r.Ox+rng.Float32(), r.Oy-rng.Float32(), r.Oz+rng.Float32()
		}
		rays[i] = r
	}
	capacity := int(total) - 1 // the last ray with samples does not fit
	samples, dsamples := make([]float32, 7*capacity), make([]float32, 6*capacity)
	for i := range samples {
		samples[i] = rng.Float32()
	}
	for i := range dsamples {
		dsamples[i] = float32(num())
	}
	size, lo := [3]float64{2, 4, 8}, [3]float64{-0.5, -1.5, -3.5}
	push := kernels.RayGradientsPush{Capacity: uint32(capacity), RayCapacity: n + 2, SizeX: 2, SizeY: 4, SizeZ: 8, LoX: -0.5, LoY: -1.5, LoZ: -3.5}
	truth := func(i int) (want [6]float64, tol float64) {
		r := rays[i]
		c := cameras[r.Flags&kernels.RayIndex]
		at := [3]float64{float64(c.Tx), float64(c.Ty), float64(c.Tz)}
		o, d := [3]float64{float64(r.Ox), float64(r.Oy), float64(r.Oz)}, [3]float64{float64(r.Dx), float64(r.Dy), float64(r.Dz)}
		if int(offsets[i]+kept[i]) > capacity {
			return want, 0
		}
		value := func(move, turn [3]float64) (v float64) {
			m := oracle.Rotation(turn)
			d1, o1 := oracle.Apply(m, d), oracle.Apply(m, [3]float64{o[0] - at[0], o[1] - at[1], o[2] - at[2]})
			for j := range int(kept[i]) {
				s := int(offsets[i]) + j
				t := 0.0
				for k := range 3 {
					t += (lo[k] + float64(samples[k*capacity+s])*size[k] - o[k]) * d[k]
				}
				for k := range 3 {
					p := o1[k] + at[k] + move[k] + t*d1[k]
					v += float64(dsamples[k*capacity+s])*p/size[k] + float64(dsamples[(3+k)*capacity+s])*(d1[k]+1)/2
				}
			}
			return v
		}
		const h = 1e-4
		for k := range 3 {
			var up, down, none [3]float64
			up[k], down[k] = h, -h
			want[k] = (value(up, none) - value(down, none)) / (2 * h)
			want[3+k] = (value(none, up) - value(none, down)) / (2 * h)
		}
		// Each term is below 10 (t) times 0.5, has 20 roundings, and so has the sum; the differences' third order is h² times that.
		return want, float64(kept[i]+1) * 10 * ((20+float64(kept[i]))/(1<<24) + h*h)
	}
	k := kernels.RayGradientsKernel
	return &check.Case{
		Name: fmt.Sprintf("%s n=%d", testLenses[lens].name, n), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, n)), check.In(kept), check.In(offsets), check.In(rays), check.In(cameras),
			check.In(samples), check.In(dsamples), check.Out(6 * (n + 2))},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 7, Bytes: func(got []byte) error {
				for i := range n {
					want, tol := truth(i)
					for p, w := range want {
						if g := floatAt(got, p*(n+2)+i); !(math.Abs(g-w) <= tol) {
							return fmt.Errorf("ray %d plane %d: got %v, want %v within %.2g", i, p, g, w, tol)
						}
					}
				}
				return nil
			}}}
		},
		// The derivative of (d+1)/2 is forgotten.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[6])
			for i := range v[3*capacity:] {
				v[3*capacity+i] *= 2
			}
			k.Twin(c)
			copy(v, dsamples)
		},
	}
}

func imageSumsCase(images, planes, n int) *check.Case {
	rng := pcg32.New(uint64(images))
	stride := n + 5
	values, before := make([]float32, planes*stride), make([]float32, planes*images)
	for i := range values {
		values[i] = rng.Float32() - 0.5
	}
	for i := range before {
		before[i] = rng.Float32()
	}
	k := kernels.ImageSumsKernel
	push := kernels.ImageSumsPush{NImages: uint32(images), Planes: uint32(planes), Stride: uint32(stride)}
	return &check.Case{
		Name: fmt.Sprintf("images=%d planes=%d rays=%d", images, planes, n), Kernel: k, Groups: kernels.Groups(uint32(images), 1), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, uint32(n))), check.In(values), check.In(before)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, len(before)), make([]float64, len(before))
			for i, v := range before {
				value[i], tol[i] = float64(v), 1e-7
			}
			for i := range n { // as train_rays gives images out
				image := i * images / n % images
				for p := range planes {
					v := float64(values[p*stride+i])
					value[image*planes+p] += v
					// A sum of at most n numbers below 0.5 has at most n of them in a partial sum.
					tol[image*planes+p] += math.Abs(v) * 30 / (1 << 24)
				}
			}
			return []check.Want{{Binding: 2, Value: value, Tol: tol}}
		},
		// One ray more goes to the images before.
		Fault: func(c *gpu.Call) {
			v := gpu.View[float32](c.Bind[1])
			copy(v, values[1:])
			k.Twin(c)
			copy(v, values)
		},
	}
}

// cameraAdamCase holds a step on corrections of different ages against matrices in float64.
func cameraAdamCase(update bool, age int) *check.Case {
	const images = 9
	rng := pcg32.New(uint64(7 + age))
	num := func(size float32) float32 { return size * (2*rng.Float32() - 1) }
	poses, sums, corrections := make([]kernels.Camera, images), make([]float32, 6*images), make([]kernels.CameraAdam, images)
	for i := range poses {
		poses[i], _ = testCamera(i%len(testLenses), [3]float64{1.4, 0.3, -0.6 + 0.1*float64(i)}, 64, 48, 50)
		corrections[i] = kernels.CameraAdam{Iter: uint32(age), X0: num(0.1), X1: num(0.1), X2: num(0.1), Y0: num(0.3), Y1: num(0.3), Y2: num(0.3)}
		if age > 0 {
			c := &corrections[i]
			c.M0, c.M1, c.M2, c.N0, c.N1, c.N2 = num(1e-3), num(1e-3), num(1e-3), num(1e-3), num(1e-3), num(1e-3)
			c.V0, c.V1, c.V2, c.W0, c.W1, c.W2 = 1e-6*rng.Float32(), 1e-6*rng.Float32(), 1e-6*rng.Float32(), 1e-6*rng.Float32(), 1e-6*rng.Float32(), 1e-6*rng.Float32()
		}
	}
	corrections[0].Y0, corrections[0].Y1, corrections[0].Y2 = 0, 0, 0
	for i := range sums {
		sums[i] = num(5)
	}
	schedule := kernels.NewSchedule(1e-2, 0.33, 20000, 10000, 1<<30, 0.95)
	push := kernels.CameraAdamPush{NImages: images, Update: flag(update), Scale: 1e-3, Rate: 1e-3, Decay: 0.33, Interval: 128, Floor: 1e-3, L2: 1e-4, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}
	k := kernels.CameraAdamKernel
	return &check.Case{
		Name: fmt.Sprintf("update=%v age=%d", update, age), Kernel: k, Groups: kernels.Groups(images, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(poses), check.In([]kernels.Schedule{schedule}), check.In(sums), check.In(corrections), check.Out(28 * images)},
		Oracle: func() []check.Want {
			return []check.Want{
				{Binding: 2, Bytes: func(got []byte) error {
					for i, v := range sums {
						if update {
							v = 0
						}
						if g := floatAt(got, i); g != float64(v) {
							return fmt.Errorf("sum %d is %v", i, g)
						}
					}
					return nil
				}},
				{Binding: 3, Bytes: func(got []byte) error {
					for i := range corrections {
						if err := checkCorrection(got[76*i:][:76], corrections[i], sums[6*i:], push, float64(schedule.LearningRate), update); err != nil {
							return fmt.Errorf("camera %d: %w", i, err)
						}
					}
					return nil
				}},
				{Binding: 4, Bytes: func(got []byte) error {
					for i := range poses {
						c := corrections[i]
						if update {
							c = stepped(c, sums[6*i:], push, float64(schedule.LearningRate)).float()
						}
						if err := checkMoved(got, 28*i, poses[i], c); err != nil {
							return fmt.Errorf("camera %d: %w", i, err)
						}
					}
					return nil
				}},
			}
		},
		// The rotation is added to, or taken from the other side where there is no step.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.CameraAdam](c.Bind[3])
			before := append([]kernels.CameraAdam(nil), v...)
			k.Twin(c)
			cameras := gpu.View[kernels.Camera](c.Bind[4])
			for i := range v {
				if update {
					stop := before[i]
					stop.Y0, stop.Y1, stop.Y2 = 0, 0, 0
					alone := stepped(stop, sums[6*i:], push, float64(schedule.LearningRate)).float()
					v[i].Y0, v[i].Y1, v[i].Y2 = before[i].Y0+alone.Y0, before[i].Y1+alone.Y1, before[i].Y2+alone.Y2
				} else {
					cameras[i].R00, cameras[i].R11 = cameras[i].R11, cameras[i].R00
				}
			}
		},
	}
}

// correction is a CameraAdam in float64: position x, its moments m and v; rotation y, n and w. The tolerances bound a
// float32 evaluation.
type correction struct {
	x, m, v, y, n, w       [3]float64
	xTol, yTol, mTol, vTol float64
	iter                   uint32
}

func (c correction) float() kernels.CameraAdam {
	f := func(v float64) float32 { return float32(v) }
	return kernels.CameraAdam{Iter: c.iter, M0: f(c.m[0]), M1: f(c.m[1]), M2: f(c.m[2]), V0: f(c.v[0]), V1: f(c.v[1]), V2: f(c.v[2]),
		X0: f(c.x[0]), X1: f(c.x[1]), X2: f(c.x[2]), N0: f(c.n[0]), N1: f(c.n[1]), N2: f(c.n[2]), W0: f(c.w[0]), W1: f(c.w[1]), W2: f(c.w[2]),
		Y0: f(c.y[0]), Y1: f(c.y[1]), Y2: f(c.y[2])}
}

func stepped(c kernels.CameraAdam, sums []float32, p kernels.CameraAdamPush, network float64) (out correction) {
	const u = 1.0 / (1 << 24)
	rate := math.Max(float64(p.Rate)*math.Pow(float64(p.Decay), float64(c.Iter/p.Interval)), float64(p.Floor)*network)
	t := float64(c.Iter + 1)
	b1, b2 := float64(p.Beta1), float64(p.Beta2)
	rate *= math.Sqrt(1-math.Pow(b2, t)) / (1 - math.Pow(b1, t))
	out.iter = c.Iter + 1
	one := func(k int, x, m, v float32) (x2, m2, v2 float64) {
		scaled, decayed := float64(p.Scale)*float64(sums[k]), float64(p.L2)*float64(x)
		g := scaled + decayed
		m2 = b1*float64(m) + (1-b1)*g
		v2 = b2*float64(v) + (1-b2)*g*g
		// Roundings of what is added, and of 1-beta, which loses 4 and 7 bits.
		mTol := 4*u*(math.Abs(float64(m))+math.Abs(scaled)+math.Abs(decayed)) + 16*u*math.Abs(g)
		out.mTol, out.vTol = math.Max(out.mTol, mTol), math.Max(out.vTol, 150*u*v2)
		step := -rate * m2 / (math.Sqrt(v2) + float64(p.Epsilon))
		// 1-beta^t at t = 1 loses 7 bits of rPow's error of (2.1+5)u, under a root.
		tol := math.Abs(step)*500*u + rate*mTol/math.Sqrt(v2)
		if k < 3 {
			out.xTol = math.Max(out.xTol, tol+2*u)
		} else {
			out.yTol += 2*tol + 20*u // the turn's components mix
		}
		return step, m2, v2
	}
	var turn [3]float64
	x, y := [3]float32{c.X0, c.X1, c.X2}, [3]float32{c.Y0, c.Y1, c.Y2}
	for k := range 3 {
		m, v := [3]float32{c.M0, c.M1, c.M2}[k], [3]float32{c.V0, c.V1, c.V2}[k]
		out.x[k], out.m[k], out.v[k] = one(k, x[k], m, v)
		out.x[k] += float64(x[k])
		m, v = [3]float32{c.N0, c.N1, c.N2}[k], [3]float32{c.W0, c.W1, c.W2}[k]
		turn[k], out.n[k], out.w[k] = one(3+k, y[k], m, v)
	}
	out.y = oracle.Turn(oracle.Multiply(oracle.Rotation(turn), oracle.Rotation([3]float64{float64(y[0]), float64(y[1]), float64(y[2])})))
	return out
}

func checkCorrection(got []byte, c kernels.CameraAdam, sums []float32, p kernels.CameraAdamPush, network float64, update bool) error {
	want := correction{iter: c.Iter}
	if update {
		want = stepped(c, sums, p, network)
	} else {
		for k := range 3 {
			want.x[k], want.y[k] = float64([3]float32{c.X0, c.X1, c.X2}[k]), float64([3]float32{c.Y0, c.Y1, c.Y2}[k])
			want.m[k], want.n[k] = float64([3]float32{c.M0, c.M1, c.M2}[k]), float64([3]float32{c.N0, c.N1, c.N2}[k])
			want.v[k], want.w[k] = float64([3]float32{c.V0, c.V1, c.V2}[k]), float64([3]float32{c.W0, c.W1, c.W2}[k])
		}
	}
	if g := wordAt(got, 0); g != want.iter {
		return fmt.Errorf("%d steps, want %d", g, want.iter)
	}
	for _, part := range []struct {
		name string
		at   int
		want [3]float64
		tol  float64
	}{{"m", 1, want.m, want.mTol}, {"v", 4, want.v, want.vTol}, {"x", 7, want.x, want.xTol}, {"n", 10, want.n, want.mTol}, {"w", 13, want.w, want.vTol}, {"y", 16, want.y, want.yTol}} {
		for k, w := range part.want {
			if g := floatAt(got, part.at+k); !(math.Abs(g-w) <= part.tol) {
				return fmt.Errorf("%s[%d]: got %v, want %v within %.2g", part.name, k, g, w, part.tol)
			}
		}
	}
	return nil
}

// checkMoved: the camera at word w of got is pose, moved and turned by c, and is that pose in all else.
func checkMoved(got []byte, w int, pose kernels.Camera, c kernels.CameraAdam) error {
	m := oracle.Rotation([3]float64{float64(c.Y0), float64(c.Y1), float64(c.Y2)})
	from := gpu.View[float32](gpu.Bytes([]kernels.Camera{pose}))
	move := [3]float32{c.X0, c.X1, c.X2}
	for col := range 4 {
		v := [3]float64{float64(from[col]), float64(from[4+col]), float64(from[8+col])}
		want := oracle.Apply(m, v)
		if col == 3 {
			want = [3]float64{v[0] + float64(move[0]), v[1] + float64(move[1]), v[2] + float64(move[2])}
		}
		for row := range 3 {
			// Numbers below 2, 20 roundings, and the corrections' own error of less than 1e-6.
			if g := floatAt(got, w+4*row+col); !(math.Abs(g-want[row]) <= 4e-6) {
				return fmt.Errorf("row %d column %d: got %v, want %v", row, col, g, want[row])
			}
		}
	}
	rest := gpu.View[uint32](gpu.Bytes([]kernels.Camera{pose}))
	for i := 12; i < 28; i++ {
		if g := wordAt(got, w+i); g != rest[i] {
			return fmt.Errorf("word %d: got %#x, want %#x", i, g, rest[i])
		}
	}
	return nil
}
