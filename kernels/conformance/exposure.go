package conformance

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels"
)

func init() { add(exposure) }

func exposure() []*check.Case {
	out := []*check.Case{trainExposureCase(0), trainExposureCase(kernels.RaysRandomBackground), trainExposureCase(kernels.RaysHalf)}
	for _, loss := range []kernels.Loss{kernels.LossL2, kernels.LossHuber, kernels.LossMAPE} {
		out = append(out, exposureGradientsCase(loss))
	}
	return append(out, exposureAdamCase(1, 0), exposureAdamCase(7, 3), exposureAdamCase(150, 200))
}

func trainExposureCase(flags uint32) *check.Case {
	const seed, n, images, width, height = 31, 400, 3, 64, 32
	const skip, stride = width * height, n + 2
	rng := pcg32.New(seed + uint64(flags))
	cameras, exposures := make([]kernels.Camera, images), make([]kernels.ExposureAdam, images)
	for i := range cameras {
		cameras[i], _ = testCamera(0, [3]float64{1.9, 0.9, -0.8}, width, height, 40)
		cameras[i].Image = uint32(skip + i*width*height)
		exposures[i] = kernels.ExposureAdam{X0: 3*rng.Float32() - 1.5, X1: 3*rng.Float32() - 1.5, X2: 3*rng.Float32() - 1.5}
	}
	words := 1
	if flags&kernels.RaysHalf != 0 {
		words = 2
	}
	pixels := make([]uint32, images*width*height*words)
	for i := range pixels {
		pixels[i] = rng.Uint32()
		if words == 2 {
			pixels[i] = uint32(f16.From32(2*rng.Float32())) | uint32(f16.From32(rng.Float32()))<<16
		}
	}
	before := make([]kernels.Target, n+2)
	for i := range before {
		before[i] = kernels.Target{R: rng.Float32(), G: rng.Float32(), B: rng.Float32(), Br: rng.Float32(), Bg: rng.Float32(), Bb: rng.Float32()}
	}
	push := kernels.TrainExposurePush{NImages: images, ImageBase: skip, Flags: flags, BackR: 0.2, BackG: 0.6, BackB: 0.001, Stride: stride}
	k := kernels.TrainExposureKernel
	return &check.Case{
		Name: fmt.Sprintf("flags=%d n=%d seed=%d", flags, n, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(cameras), check.In(pixels), stateArg(kernels.NewTrainState(seed, n)), check.In(exposures), check.In(before), check.Out(3 * stride)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, 6*(n+2)), make([]float64, 6*(n+2))
			for i, g := range before {
				for j, v := range [6]float32{g.R, g.G, g.B, g.Br, g.Bg, g.Bb} {
					value[6*i+j] = float64(v)
				}
			}
			slopes := make([][3]float64, n)
			bent := make([][3]bool, n)
			for i := range n {
				u, v, _, drawn := drawsOf(seed, i)
				image := i * images / n % images
				c, alpha, _ := texel(pixels, (image*height+int(v*height))*width+int(u*width), flags)
				x := exposures[image]
				for j, e := range [3]float32{x.X0, x.X1, x.X2} {
					b := float64([3]float32{push.BackR, push.BackG, push.BackB}[j])
					if flags&kernels.RaysRandomBackground != 0 {
						b = oracle.ToLinear(drawn[j])
					}
					light := func(e float64) float64 { return math.Exp2(e)*c[j] + (1-alpha)*b }
					at := light(float64(e))
					const h = 1e-5
					slopes[i][j] = (oracle.ToSRGB(light(float64(e)+h)) - oracle.ToSRGB(light(float64(e)-h))) / (2 * h)
					bent[i][j] = math.Abs(at-0.0031308) < 1e-5+1e-4*at
					value[6*i+j] = oracle.ToSRGB(at)
					tol[6*i+j] = 4e-6 + 1.6e-5*math.Abs(value[6*i+j]) // as train_rays', with rExp
				}
			}
			return []check.Want{{Binding: 4, Value: value, Tol: tol}, {Binding: 5, Bytes: func(got []byte) error {
				for i := range n {
					for j, w := range slopes[i] {
						// A power within 40*2^-24 and a colour within 1e-5; the differences' h² is below both.
						if g := floatAt(got, j*stride+i); !bent[i][j] && !(math.Abs(g-w) <= 1e-6+4e-5*math.Abs(w)) {
							return fmt.Errorf("ray %d channel %d: got %v, want %v", i, j, g, w)
						}
					}
				}
				return nil
			}}}
		},
		// The exposure brightens the background too.
		Fault: func(c *gpu.Call) {
			k.Twin(c)
			g, e := gpu.View[kernels.Target](c.Bind[4]), gpu.View[kernels.ExposureAdam](c.Bind[3])
			for i := range n {
				g[i].R *= float32(math.Exp2(0.1 * float64(e[i*images/n].X0)))
			}
		},
	}
}

func exposureGradientsCase(loss kernels.Loss) *check.Case {
	const n, stride = 300, 310
	rng := pcg32.New(uint64(5 + loss))
	kept, targets, results, slopes := make([]uint32, n), make([]kernels.Target, n), make([]kernels.RayResult, n), make([]float32, 3*stride)
	for i := range kept {
		kept[i] = rng.Uint32() % 3
		targets[i] = kernels.Target{R: rng.Float32(), G: rng.Float32(), B: rng.Float32()}
		results[i] = kernels.RayResult{R: rng.Float32(), G: rng.Float32(), B: rng.Float32()}
	}
	for i := range slopes {
		slopes[i] = rng.Float32() - 0.5
	}
	k := kernels.ExposureGradientsKernel
	push := kernels.ExposureGradientsPush{LossKind: uint32(loss), Stride: stride}
	return &check.Case{
		Name: fmt.Sprintf("loss=%v n=%d", loss, n), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, n)), check.In(kept), check.In(targets), check.In(results), check.In(slopes)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, len(slopes)), make([]float64, len(slopes))
			for i, v := range slopes {
				value[i] = float64(v)
			}
			for i := range n {
				g, r := targets[i], results[i]
				for j, v := range [3][2]float32{{r.R, g.R}, {r.G, g.G}, {r.B, g.B}} {
					_, slope, _ := oracle.RayLoss(int(loss), float64(v[0]), float64(v[1]))
					at := j*stride + i
					if kept[i] == 0 {
						value[at] = 0
						continue
					}
					value[at] *= -slope
					// A difference, one division of 2.5 ulp, two products.
					tol[at] = 1e-6*math.Abs(value[at]) + 1e-9
					if e := math.Abs(float64(v[0]) - float64(v[1])); loss == kernels.LossHuber && math.Abs(e-0.1) < 1e-6 {
						tol[at] = 1
					}
				}
			}
			return []check.Want{{Binding: 4, Value: value, Tol: tol}}
		},
		// Downhill for the prediction.
		Fault: func(c *gpu.Call) {
			k.Twin(c)
			v := gpu.View[float32](c.Bind[4])
			for i := range v {
				v[i] = -v[i]
			}
		},
	}
}

func exposureAdamCase(images, age int) *check.Case {
	rng := pcg32.New(uint64(images))
	num := func(size float32) float32 { return size * (2*rng.Float32() - 1) }
	sums, exposures := make([]float32, 3*images), make([]kernels.ExposureAdam, images)
	for i := range exposures {
		exposures[i] = kernels.ExposureAdam{Iter: uint32(age), X0: num(2), X1: num(2), X2: num(2)}
		if age > 0 {
			e := &exposures[i]
			e.M0, e.M1, e.M2 = num(1e-2), num(1e-2), num(1e-2)
			e.V0, e.V1, e.V2 = 1e-4*rng.Float32(), 1e-4*rng.Float32(), 1e-4*rng.Float32()
		}
	}
	for i := range sums {
		sums[i] = num(5)
	}
	schedule := kernels.NewSchedule(1e-2, 0.33, 20000, 10000, 1<<30, 0.95)
	push := kernels.ExposureAdamPush{NImages: uint32(images), Scale: 1e-2, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}
	k := kernels.ExposureAdamKernel
	return &check.Case{
		Name: fmt.Sprintf("images=%d age=%d", images, age), Kernel: k, Groups: [3]uint32{1, 1, 1}, Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In([]kernels.Schedule{schedule}), check.In(sums), check.In(exposures)},
		Oracle: func() []check.Want {
			const u = 1.0 / (1 << 24)
			b1, b2, t := float64(push.Beta1), float64(push.Beta2), float64(age+1)
			rate := float64(schedule.LearningRate) * math.Sqrt(1-math.Pow(b2, t)) / (1 - math.Pow(b1, t))
			value, tol := make([]float64, 10*images), make([]float64, 10*images)
			for k := range 3 {
				mean, worst := 0.0, 0.0
				for i, e := range exposures {
					g := float64(push.Scale) * float64(sums[3*i+k])
					m0, v0, x0 := float64([3]float32{e.M0, e.M1, e.M2}[k]), float64([3]float32{e.V0, e.V1, e.V2}[k]), float64([3]float32{e.X0, e.X1, e.X2}[k])
					m, v := b1*m0+(1-b1)*g, b2*v0+(1-b2)*g*g
					step := -rate * m / (math.Sqrt(v) + float64(push.Epsilon))
					// See stepped in refine.go: roundings of what is added, 1-beta, and 1-beta^t at t = 1.
					mTol := 4*u*(math.Abs(m0)+math.Abs(g)) + 16*u*math.Abs(g)
					value[10*i+1+k], tol[10*i+1+k] = m, mTol
					value[10*i+4+k], tol[10*i+4+k] = v, 150*u*v
					value[10*i+7+k], tol[10*i+7+k] = x0+step, math.Abs(step)*500*u+rate*mTol/math.Sqrt(v)+4*u*math.Abs(x0)
					mean += (x0 + step) / float64(images)
					worst = math.Max(worst, tol[10*i+7+k])
				}
				for i := range exposures {
					value[10*i+7+k] -= mean
					tol[10*i+7+k] += worst + 40*u*2
				}
			}
			return []check.Want{
				{Binding: 1, Value: make([]float64, 3*images), Tol: make([]float64, 3*images)},
				{Binding: 2, Bytes: func(got []byte) error {
					for i := range exposures {
						if g := wordAt(got, 10*i); g != uint32(age+1) {
							return fmt.Errorf("image %d: %d steps", i, g)
						}
						for j := 1; j < 10; j++ {
							if g := floatAt(got, 10*i+j); !(math.Abs(g-value[10*i+j]) <= tol[10*i+j]) {
								return fmt.Errorf("image %d word %d: got %v, want %v within %.2g", i, j, g, value[10*i+j], tol[10*i+j])
							}
						}
					}
					return nil
				}},
			}
		},
		// The mean stays.
		Fault: func(c *gpu.Call) {
			k.Twin(c)
			e := gpu.View[kernels.ExposureAdam](c.Bind[2])
			for i := range e {
				e[i].X0 += 1e-3
			}
		},
	}
}
