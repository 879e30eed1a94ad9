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

func init() { add(rayOverrides) }

func rayOverrides() []*check.Case {
	var out []*check.Case
	for lens := range testLenses {
		out = append(out, rayOverridesCase(lens, kernels.RaysSnap, 0))
	}
	return append(out, rayOverridesCase(0, 0, 1.0/256))
}

// rayOverridesCase has a picture whose rays stay, two that are taken while the camera moves, and one whose rays are given.
func rayOverridesCase(lens int, flags uint32, cone float64) *check.Case {
	const seed, n, images, width, height = 37, 600, 4, 64, 32
	const skip = width * height
	rng := pcg32.New(seed + uint64(lens))
	num := func() float32 { return rng.Float32() - 0.5 }
	cameras, overrides := make([]kernels.Camera, images), make([]kernels.RayOverride, images)
	truth := make([]oracle.Camera, images)
	for i := range cameras {
		cameras[i], truth[i] = testCamera(lens, [3]float64{1.9 - 0.8*float64(i), 0.9, -0.8}, width, height, 40)
		cameras[i].Image = uint32(skip + i*width*height)
		if i == 1 || i == 2 {
			overrides[i] = kernels.RayOverride{Kind: kernels.OverrideMoving, TurnX: 0.4 * num(), TurnY: 0.4 * num(), TurnZ: 0.4 * num(), MoveX: 0.3 * num(), MoveY: 0.3 * num(), MoveZ: 0.3 * num(),
				Time: num(), TimeU: num(), TimeV: num(), TimeShutter: num()}
		}
	}
	overrides[3] = kernels.RayOverride{Kind: kernels.OverrideGiven, First: 5}
	given := make([]float32, 6*(5+width*height))
	for i := range given {
		given[i] = 2*num() + 0.5
		if i%6 >= 3 {
			given[i] = 2 * num()
		}
	}
	for i := 5; i < 5+width*height; i += 9 {
		copy(given[6*i+3:6*i+6], []float32{0, 0, 0})
	}
	pixels := make([]uint32, images*width*height)
	for i := range pixels {
		if pixels[i] = rng.Uint32(); rng.Uint32()%10 == 0 {
			pixels[i] = kernels.MaskedPixel
		}
	}
	before := make([]kernels.Ray, n+2)
	for i := range before {
		before[i] = kernels.Ray{Ox: num(), T: num(), Cosine: num(), Flags: rng.Uint32() & kernels.RayIndex}
	}
	var rays kernels.TrainRaysPush
	rays.SetLaw(kernels.NewStepLaw(cone))
	rays.SetBox([3]float32{0, 0, 0}, [3]float32{1, 1, 1})
	rays.NImages, rays.ImageBase, rays.Flags = images, skip, flags
	push := kernels.NewRayOverridesPush(rays)
	k := kernels.RayOverridesKernel
	return &check.Case{
		Name: fmt.Sprintf("%s flags=%d cone=%.4g n=%d seed=%d", testLenses[lens].name, flags, cone, n, seed), Kernel: k, Groups: kernels.Groups(n, 64), Spec: specs(k), Push: push.Bytes(),
		Args: []check.Arg{check.In(cameras), check.In(pixels), stateArg(kernels.NewTrainState(seed, n)), check.In(overrides), check.In(given), check.In(before)},
		Oracle: func() []check.Want {
			return []check.Want{{Binding: 5, Bytes: func(got []byte) error {
				old := gpu.View[uint32](gpu.Bytes(before))
				for i := range n + 2 {
					if image := i * images / n % images; i >= n || overrides[image].Kind == 0 {
						for w := range 10 {
							if wordAt(got, 10*i+w) != old[10*i+w] {
								return fmt.Errorf("ray %d of a picture without overrides was changed", i)
							}
						}
						continue
					}
					if err := checkOverride(got, i, n, seed, flags, truth, overrides, given, pixels, cone); err != nil {
						return fmt.Errorf("ray %d: %w", i, err)
					}
				}
				return nil
			}}}
		},
		// Rows are read from the bottom: the time runs the wrong way.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.RayOverride](c.Bind[3])
			for i := range v {
				v[i].Time, v[i].TimeV = v[i].Time+v[i].TimeV, -v[i].TimeV
			}
			k.Twin(c)
			copy(v, overrides)
		},
	}
}

func checkOverride(got []byte, i, n int, seed uint64, flags uint32, cams []oracle.Camera, overrides []kernels.RayOverride, given []float32, pixels []uint32, cone float64) error {
	rng := pcg32.New(seed)
	for range 16 * i {
		rng.Uint32()
	}
	u, v, shutter, jitter := float64(rng.Float32()), float64(rng.Float32()), float64(rng.Float32()), float64(rng.Float32())
	image := i * len(cams) / n % len(cams)
	c := cams[image]
	x, y := int(u*c.Width), int(v*c.Height)
	if flags&kernels.RaysSnap != 0 {
		u, v = (float64(x)+0.5)/c.Width, (float64(y)+0.5)/c.Height
	}
	w := overrides[image]
	d3 := func(a, b, c float32) [3]float64 { return [3]float64{float64(a), float64(b), float64(c)} }
	var o, d [3]float64
	var cosine float64
	ok := true
	if w.Kind == kernels.OverrideGiven {
		g := given[6*(int(w.First)+y*int(c.Width)+x):][:6]
		o, d = d3(g[0], g[1], g[2]), d3(g[3], g[4], g[5])
		length := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
		if ok = length > 0; !ok {
			length, d[2] = 1, 1
		}
		for k := range d {
			d[k] /= length
		}
		if cosine = 1 / length; cosine > 50 {
			return nil // the bound of wantRay is for numbers near 1
		}
	} else {
		s := float64(w.Time) + float64(w.TimeU)*u + float64(w.TimeV)*v + float64(w.TimeShutter)*shutter
		turn, move := d3(w.TurnX, w.TurnY, w.TurnZ), d3(w.MoveX, w.MoveY, w.MoveZ)
		for k := range turn {
			turn[k], move[k] = s*turn[k], s*move[k]
		}
		m, at := oracle.Rotation(turn), c.Pose
		for col := range 3 {
			axis := oracle.Apply(m, [3]float64{at[0][col], at[1][col], at[2][col]})
			for row := range 3 {
				c.Pose[row][col] = axis[row]
			}
		}
		for row := range 3 {
			c.Pose[row][3] += move[row]
		}
		o, d, ok = c.Ray(u, v)
		cosine = c.Pose[0][2]*d[0] + c.Pose[1][2]*d[1] + c.Pose[2][2]*d[2]
	}
	t0, t1, axis, hit := oracle.Box(o, d, [3]float64{}, [3]float64{1, 1, 1})
	if math.Abs(t0-t1) < 1e-3 || math.Abs(t1) < 1e-3 {
		return nil // grazes the box, or leaves it where it begins
	}
	_, _, masked := texel(pixels, (image*int(c.Height)+y)*int(c.Width)+x, flags)
	law := oracle.NewStepLaw(cone)
	word := uint32(image)
	if ok && hit && !masked {
		word |= kernels.RayAlive
	} else {
		t0, t1 = 0, 0
	}
	// The turn adds as many roundings as the lens has.
	slab := func(t float64, axis int) float64 { return 2 * rayTolerance * 3 * (1 + math.Abs(t)) / math.Abs(d[axis]) }
	t := law.Position(law.Number(math.Max(t0, 0)) + jitter)
	return wantRay(got, 10*i, o, d, t, slab(t0, axis[0])+4e-6*t, t1, slab(t1, axis[1]), cosine, word)
}
