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

func init() { add(trainRays) }

// testPose is a camera at the given place that looks at the centre of the unit cube, columns right, down, forward.
func testPose(at [3]float64) (rows [3][4]float64) {
	cross := func(a, b [3]float64) [3]float64 {
		return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
	}
	unit := func(a [3]float64) [3]float64 {
		l := math.Sqrt(a[0]*a[0] + a[1]*a[1] + a[2]*a[2])
		return [3]float64{a[0] / l, a[1] / l, a[2] / l}
	}
	forward := unit([3]float64{0.5 - at[0], 0.5 - at[1], 0.5 - at[2]})
	right := unit(cross(forward, [3]float64{0.1, 1, 0.2}))
	down := cross(forward, right)
	for i := range rows {
		rows[i] = [4]float64{right[i], down[i], forward[i], at[i]}
	}
	return rows
}

// testLenses are the parameters of each lens kind, with distortions of the size that real lenses have.
var testLenses = []struct {
	name string
	k    [7]float64
}{
	{"perspective", [7]float64{}},
	{"opencv", [7]float64{-0.12, 0.03, 0.004, -0.003}},
	{"ftheta", [7]float64{0, 0.02, 1e-5, 2e-7, 0, 64, 48}},
	{"latlong", [7]float64{}},
	{"fisheye", [7]float64{0.05, -0.01, 0.002, -0.0003}},
	{"equirectangular", [7]float64{}},
	{"orthographic", [7]float64{}},
}

// testCamera is a camera record and the same camera for the oracle, from the same float32 numbers.
func testCamera(lens int, at [3]float64, width, height, focal float64) (kernels.Camera, oracle.Camera) {
	p := testPose(at)
	f := func(v float64) float32 { return float32(v) }
	k := testLenses[lens].k
	c := kernels.Camera{
		R00: f(p[0][0]), R01: f(p[0][1]), R02: f(p[0][2]), Tx: f(p[0][3]),
		R10: f(p[1][0]), R11: f(p[1][1]), R12: f(p[1][2]), Ty: f(p[1][3]),
		R20: f(p[2][0]), R21: f(p[2][1]), R22: f(p[2][2]), Tz: f(p[2][3]),
		Fx: f(focal), Fy: f(focal * 1.05), Cx: 0.48, Cy: 0.53, Width: uint32(width), Height: uint32(height), Lens: uint32(lens),
		K0: f(k[0]), K1: f(k[1]), K2: f(k[2]), K3: f(k[3]), K4: f(k[4]), K5: f(k[5]), K6: f(k[6]),
	}
	return c, oracleCamera(c)
}

func oracleCamera(c kernels.Camera) oracle.Camera {
	d := func(v float32) float64 { return float64(v) }
	return oracle.Camera{
		Pose: [3][4]float64{{d(c.R00), d(c.R01), d(c.R02), d(c.Tx)}, {d(c.R10), d(c.R11), d(c.R12), d(c.Ty)}, {d(c.R20), d(c.R21), d(c.R22), d(c.Tz)}},
		Fx:   d(c.Fx), Fy: d(c.Fy), Cx: d(c.Cx), Cy: d(c.Cy), Width: float64(c.Width), Height: float64(c.Height), Lens: int(c.Lens),
		K: [7]float64{d(c.K0), d(c.K1), d(c.K2), d(c.K3), d(c.K4), d(c.K5), d(c.K6)},
	}
}

// rayTolerance bounds a unit direction of a float32 lens: Newton stops at steps of 1e-5 whose square is the remaining error,
// then at most 60 operations of 2.5 ulp (Vulkan's division and square root) on numbers below 4.
const rayTolerance = 60 * 2.5 * 4.0 / (1 << 24) / 4

// wantRay compares a Ray in downloaded bytes at word w with origin, direction and span.
func wantRay(got []byte, w int, o, d [3]float64, t, tTol, t1, t1Tol, cosine float64, flags uint32) error {
	near := func(name string, i int, want, tol float64) error {
		if g := floatAt(got, w+i); !(math.Abs(g-want) <= tol) {
			return fmt.Errorf("%s: got %v, want %v within %.2g", name, g, want, tol)
		}
		return nil
	}
	for i := range o {
		if err := near("origin", i, o[i], rayTolerance*(1+math.Abs(o[i]))); err != nil {
			return err
		}
		if err := near("direction", 3+i, d[i], rayTolerance); err != nil {
			return err
		}
	}
	for _, e := range []error{near("t", 6, t, tTol), near("tmax", 7, t1, t1Tol), near("cosine", 8, cosine, 3*rayTolerance)} {
		if e != nil {
			return e
		}
	}
	if g := wordAt(got, w+9); g != flags {
		return fmt.Errorf("flags: got %#x, want %#x", g, flags)
	}
	return nil
}

func trainRays() []*check.Case {
	var out []*check.Case
	for lens := range testLenses {
		out = append(out, trainRaysCase(lens, kernels.RaysRandomBackground|kernels.RaysSnap, 1.0/256))
	}
	for _, flags := range []uint32{0, kernels.RaysSnap | kernels.RaysLinear, kernels.RaysRandomBackground | kernels.RaysBlendSRGB,
		kernels.RaysHalf | kernels.RaysLinear, kernels.RaysHalf | kernels.RaysRandomBackground} {
		out = append(out, trainRaysCase(0, flags, 0))
	}
	return out
}

func trainRaysCase(lens int, flags uint32, cone float64) *check.Case {
	const seed, n, images, width, height = 23, 500, 3, 64, 32
	rng := pcg32.New(seed)
	cameras := make([]kernels.Camera, images)
	truth := make([]oracle.Camera, images)
	const skip = 2 * width * height // pixels of images that are not bound
	words := 1
	if flags&kernels.RaysHalf != 0 {
		words = 2
	}
	pixels := make([]uint32, images*width*height*words)
	for i := range cameras {
		at := [3]float64{1.9 - float64(i), 0.9 + 0.2*float64(i), -0.8}
		cameras[i], truth[i] = testCamera(lens, at, width, height, 40)
		cameras[i].Image = uint32(skip + i*width*height)
	}
	for i := range pixels {
		switch {
		case words == 2:
			a, b := f16.From32(rng.Float32()), f16.From32(rng.Float32())
			if i%2 == 1 && rng.Uint32()%10 == 0 {
				b = f16.From32(-1) // masked
			}
			pixels[i] = uint32(a) | uint32(b)<<16
		case rng.Uint32()%10 == 0:
			pixels[i] = kernels.MaskedPixel
		default:
			pixels[i] = rng.Uint32()
		}
	}
	state := kernels.NewTrainState(seed, n)
	push := kernels.TrainRaysPush{NImages: images, ImageBase: skip, Flags: flags, BackR: 0.2, BackG: 0.6, BackB: 0.001}
	push.SetLaw(kernels.NewStepLaw(cone))
	push.SetBox([3]float32{0, 0, 0}, [3]float32{1, 1, 1})
	return &check.Case{
		Name:   fmt.Sprintf("%s flags=%d cone=%.4g n=%d seed=%d", testLenses[lens].name, flags, cone, n, seed),
		Kernel: kernels.TrainRaysKernel, Groups: kernels.Groups(n, 64), Spec: specs(kernels.TrainRaysKernel), Push: push.Bytes(),
		Args: []check.Arg{check.In(cameras), check.In(pixels), stateArg(state), check.Out(10 * (n + 2)), check.Out(6 * (n + 2))},
		Oracle: func() []check.Want {
			return []check.Want{
				{Binding: 3, Bytes: func(got []byte) error {
					for i := range n {
						if err := checkTrainRay(got, i, n, seed, flags, truth, pixels, skip, cone); err != nil {
							return fmt.Errorf("ray %d: %w", i, err)
						}
					}
					return untouched(got, 10*n)
				}},
				{Binding: 4, Bytes: func(got []byte) error {
					for i := range n {
						if err := checkTarget(got, i, n, seed, flags, pixels, push); err != nil {
							return fmt.Errorf("target %d: %w", i, err)
						}
					}
					return untouched(got, 6*n)
				}},
			}
		},
		// The rays of one image are given to the next: the classic mistake of rows and columns, in the images.
		Fault: func(c *gpu.Call) {
			v := gpu.View[kernels.Camera](c.Bind[0])
			v[0].Width, v[0].Height = v[0].Height, v[0].Width
			kernels.TrainRaysKernel.Twin(c)
			v[0].Width, v[0].Height = v[0].Height, v[0].Width
		},
	}
}

// untouched: memory beyond the n-th word still holds its first content.
func untouched(got []byte, n int) error {
	for i := n; 4*i < len(got); i++ {
		if wordAt(got, i) != 0xFFFFFFFF {
			return fmt.Errorf("word %d beyond the count was written", i)
		}
	}
	return nil
}

// drawsOf are the seven draws of ray i.
func drawsOf(seed uint64, i int) (u, v, jitter float64, back [3]float64) {
	rng := pcg32.New(seed)
	for range 16 * i {
		rng.Uint32()
	}
	u, v = float64(rng.Float32()), float64(rng.Float32())
	rng.Uint32()
	jitter = float64(rng.Float32())
	for k := range back {
		back[k] = float64(rng.Float32())
	}
	return u, v, jitter, back
}

func checkTrainRay(got []byte, i, n int, seed uint64, flags uint32, cams []oracle.Camera, pixels []uint32, skip int, cone float64) error {
	u, v, jitter, _ := drawsOf(seed, i)
	image := i * len(cams) / n % len(cams)
	c := &cams[image]
	x, y := int(u*c.Width), int(v*c.Height)
	if flags&kernels.RaysSnap != 0 {
		u, v = (float64(x)+0.5)/c.Width, (float64(y)+0.5)/c.Height
	}
	o, d, ok := c.Ray(u, v)
	t0, t1, axis, hit := oracle.Box(o, d, [3]float64{}, [3]float64{1, 1, 1})
	if math.Abs(t0-t1) < 1e-3 {
		return nil // grazes the box: may hit or miss
	}
	_, _, masked := texel(pixels, (image*int(c.Height)+y)*int(c.Width)+x, flags)
	law := oracle.NewStepLaw(cone)
	word := uint32(image)
	if ok && hit && !masked {
		word |= kernels.RayAlive
	} else {
		t0, t1 = 0, 0
	}
	slab := func(t float64, axis int) float64 { return rayTolerance * 3 * (1 + math.Abs(t)) / math.Abs(d[axis]) }
	t := law.Position(law.Number(math.Max(t0, 0)) + jitter)
	cosine := c.Pose[0][2]*d[0] + c.Pose[1][2]*d[1] + c.Pose[2][2]*d[2]
	return wantRay(got, 10*i, o, d, t, slab(t0, axis[0])+4e-6*t, t1, slab(t1, axis[1]), cosine, word)
}

// texel is a pixel's premultiplied colour (linear, or sRGB when blending in sRGB), alpha and whether it is masked.
func texel(pixels []uint32, at int, flags uint32) (c [3]float64, alpha float64, masked bool) {
	srgb := flags&kernels.RaysBlendSRGB != 0
	if flags&kernels.RaysHalf != 0 {
		lo, hi := pixels[2*at], pixels[2*at+1]
		h := func(w uint32) float64 { return float64(f16.To32(f16.Bits(w & 0xffff))) }
		c, alpha = [3]float64{h(lo), h(lo >> 16), h(hi)}, h(hi>>16)
		return c, alpha, alpha < 0
	}
	w := pixels[at]
	alpha = float64(w>>24) / 255
	for k := range c {
		c[k] = float64(w>>(8*k)&255) / 255
		if !srgb {
			c[k] = oracle.ToLinear(c[k])
		}
		c[k] *= alpha
	}
	return c, alpha, w == 0x00ff00ff
}

func checkTarget(got []byte, i, n int, seed uint64, flags uint32, pixels []uint32, p kernels.TrainRaysPush) error {
	u, v, _, back := drawsOf(seed, i)
	const width, height, images = 64, 32, 3
	image := i * images / n % images
	c, alpha, masked := texel(pixels, (image*height+int(v*height))*width+int(u*width), flags)
	if masked {
		return nil // the ray is dead; its target is not read
	}
	for k, fixed := range []float32{p.BackR, p.BackG, p.BackB} {
		b := float64(fixed)
		if flags&kernels.RaysRandomBackground != 0 {
			b = oracle.ToLinear(back[k])
		}
		var want, shown float64
		switch {
		case flags&kernels.RaysBlendSRGB != 0:
			shown = oracle.ToSRGB(b)
			want = c[k] + (1-alpha)*shown
		case flags&kernels.RaysLinear != 0:
			want, shown = c[k]+(1-alpha)*b, b
		default:
			want, shown = oracle.ToSRGB(c[k]+(1-alpha)*b), oracle.ToSRGB(b)
		}
		// rPow: (2.1 + 5*2.4*8)*2^-24 relative for the darkest byte, twice; sums of numbers below 2.
		for j, w := range []float64{want, shown} {
			if g := floatAt(got, 6*i+3*j+k); !(math.Abs(g-w) <= 4e-6+1.2e-5*math.Abs(w)) {
				return fmt.Errorf("channel %d: got %v, want %v", 3*j+k, g, w)
			}
		}
	}
	return nil
}
