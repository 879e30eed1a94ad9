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

func init() { add(depth) }

func depth() []*check.Case {
	var out []*check.Case
	for lens := range testLenses {
		out = append(out, trainDepthsCase(lens))
	}
	for _, loss := range []kernels.Loss{kernels.LossL1, kernels.LossL2, kernels.LossHuber, kernels.LossMAPE} {
		out = append(out, compositeDepthCase(compositeRays(60+uint64(loss), 150, int(loss), false)))
	}
	return out
}

func trainDepthsCase(lens int) *check.Case {
	const seed, n, images, width, height = 29, 500, 3, 64, 32
	const skip = width * height // pixels of images that are not bound
	rng := pcg32.New(seed)
	cameras := make([]kernels.Camera, images)
	for i := range cameras {
		cameras[i], _ = testCamera(lens, [3]float64{1.9 - float64(i), 0.9, -0.8}, width, height, 40)
		cameras[i].Image = uint32(skip + i*width*height)
	}
	depths := make([]float32, images*width*height)
	for i := range depths {
		depths[i] = max(0, 4*rng.Float32()-1) // a quarter is unknown
	}
	rays := make([]kernels.Ray, n)
	for i := range rays {
		rays[i].Cosine = 1.1*rng.Float32() - 0.1
		if math.Abs(float64(rays[i].Cosine)-1e-3) < 1e-4 {
			rays[i].Cosine = 0.5
		}
	}
	k := kernels.TrainDepthsKernel
	push := kernels.TrainDepthsPush{NImages: images, ImageBase: skip}
	return &check.Case{
		Name:   fmt.Sprintf("%s n=%d seed=%d", testLenses[lens].name, n, seed),
		Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(cameras), check.In(depths), stateArg(kernels.NewTrainState(seed, n)), check.In(rays), check.Out(n + 2)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 4, Bytes: func(got []byte) error {
				for i := range n {
					u, v, _, _ := drawsOf(seed, i)
					z := float64(depths[(i*images/n%images*height+int(v*height))*width+int(u*width)])
					cosine := float64(rays[i].Cosine)
					switch testLenses[lens].name {
					case "ftheta", "latlong", "equirectangular":
						cosine = 1
					}
					want := 0.0
					if z > 0 && cosine > 1e-3 {
						want = z / cosine
					}
					// One division within 2.5 ulp.
					if g := floatAt(got, i); !(math.Abs(g-want) <= 3e-7*want) {
						return fmt.Errorf("ray %d: got %v, want %v", i, g, want)
					}
				}
				return untouched(got, n)
			}}}
		},
		// Rows and columns are exchanged.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.Camera](c.Bind[0])
			for i := range v {
				v[i].Width, v[i].Height = v[i].Height, v[i].Width
			}
			k.Twin(c)
			copy(v, cameras)
		},
	}
}

// compositeDepthCase: rays of one third have no known depth; the gradient of the colours is there already.
func compositeDepthCase(in compositeInput) *check.Case {
	const scale = 0.7
	n := len(in.rays)
	kept, keptOffsets := make([]uint32, n), make([]uint32, n)
	rays, depths := make([]kernels.Ray, n), make([]float32, n)
	rng := pcg32.New(78)
	total := uint32(0)
	for i := range in.rays {
		kept[i], keptOffsets[i] = uint32(in.rays[i].pixel.Kept), total
		total += kept[i]
		d := [3]float64{float64(rng.Float32()) - 0.5, float64(rng.Float32()) - 0.5, float64(rng.Float32()) - 0.2}
		l := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
		rays[i] = kernels.Ray{Ox: rng.Float32(), Oy: rng.Float32(), Oz: rng.Float32(), Dx: float32(d[0] / l), Dy: float32(d[1] / l), Dz: float32(d[2] / l)}
	}
	// Distances are of numbers below 4, each rounded a few times.
	const tErr = 4 * 16.0 / (1 << 24)
	distances := func(i int) []float64 {
		r, out := rays[i], make([]float64, len(in.rays[i].s))
		for j := range out {
			at := int(in.offsets[i]) + j
			for k, od := range [3][2]float32{{r.Ox, r.Dx}, {r.Oy, r.Dy}, {r.Oz, r.Dz}} {
				out[j] += (-0.5 + 2*float64(in.samples[k*in.capacity+at]) - float64(od[0])) * float64(od[1])
			}
		}
		return out
	}
	for i := range in.rays {
		if rng.Uint32()%3 == 0 {
			continue
		}
		d, _ := oracle.Depth(in.rays[i].s, in.rays[i].pixel, distances(i), tErr)
		for {
			depths[i] = 2 * rng.Float32()
			// No bend of the loss within rounding.
			if e := math.Abs(d - float64(depths[i])); e > 5e-3 && math.Abs(e-0.1) > 5e-3 {
				break
			}
		}
	}
	capacity := int(total) - 1
	before := make([]float32, 4*capacity)
	for i := range before {
		before[i] = rng.Float32() - 0.5
	}
	k := kernels.CompositeDepthKernel
	push := kernels.CompositeDepthPush{Capacity: uint32(in.capacity), KeptCapacity: uint32(capacity), LossKind: uint32(in.loss), Scale: scale,
		SizeX: 2, SizeY: 2, SizeZ: 2, LoX: -0.5, LoY: -0.5, LoZ: -0.5}
	return &check.Case{
		Name: in.name, Kernel: k, Groups: kernels.Groups(uint32(n), 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{stateArg(kernels.NewTrainState(1, uint32(n))), check.In(in.offsets), check.In(kept), check.In(keptOffsets), check.In(rays),
			check.In(in.samples), check.In(in.raw), check.In(depths), check.In(before)},
		Oracle: func() []check.Want {
			value, tol := make([]float64, len(before)), make([]float64, len(before))
			for i, v := range before {
				value[i] = float64(v)
			}
			for i, r := range in.rays {
				if depths[i] == 0 || int(keptOffsets[i]+kept[i]) > capacity {
					continue
				}
				t := distances(i)
				d, dTol := oracle.Depth(r.s, r.pixel, t, tErr)
				_, slope, bend := oracle.RayLoss(in.loss, d, float64(depths[i]))
				grad, e := oracle.DepthGrad(r.s, r.pixel, t, tErr, slope*scale/float64(n), (bend*dTol+4e-7*math.Abs(slope))*scale/float64(n))
				for j, g := range grad {
					at := 3*capacity + int(keptOffsets[i]) + j
					value[at] += g
					tol[at] = e[j] + 1e-7*math.Abs(value[at]) + 1e-12
				}
			}
			return []check.Want{{Binding: 8, Value: value, Tol: tol}}
		},
		// The distance of a sample is taken from the origin of the world.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.Ray](c.Bind[4])
			for i := range v {
				v[i].Ox, v[i].Oy, v[i].Oz = 0, 0, 0
			}
			k.Twin(c)
			copy(v, rays)
		},
	}
}
