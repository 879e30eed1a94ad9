package render

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/scene"
)

// picturesApart says where two pictures of the same rays differ. Both evaluate the same lattice points by networks within 2^-9 of
// the truth: a logistic halves that twice and a density wrong by e^(2·2^-9) moves transmittance by 2^-8/e, together
// below 1/255. Where they end a ray at another sample, the rest weighs at most the least transmittance of the view.
func picturesApart(a, b *Frame) error {
	for i := range a.Color {
		if d := math.Abs(float64(a.Color[i] - b.Color[i])); !(d <= 1.0/255) {
			return fmt.Errorf("pixel %d, channel %d: %v and %v", i/4, i%4, a.Color[i], b.Color[i])
		}
	}
	for i, x := range a.Depth {
		// The lattice point of largest weight may be its neighbour where two weigh nearly the same.
		if y := b.Depth[i]; (x < NoDepth) != (y < NoDepth) || math.Abs(float64(x-y)) > 0.05 {
			return fmt.Errorf("pixel %d: depth %v and %v", i, x, y)
		}
	}
	return nil
}

// megaViews are a plain picture and one of everything that changes a ray.
func megaViews() []View {
	lens := testCamera(18, 14)
	return []View{
		{Camera: testCamera(20, 16), MinTransmittance: ExactTransmittance},
		{Camera: lens, MinTransmittance: ExactTransmittance, SPP: 2, Aperture: 0.05, Focus: 1.2, NearDistance: 0.3},
		{Camera: lens, Mode: Normals, MinTransmittance: ExactTransmittance},
	}
}

// The mega-kernel makes the picture that passes make, in one dispatch, on every device; also cut into ranges.
func TestMegaMakesTheSamePicture(t *testing.T) {
	onDevices(t, func(t *testing.T, d gpu.Device) {
		r := newRenderer(t, d, newField(t, d, random(11, 12)), middle, everywhere(), 0)
		for i, v := range megaViews() {
			if err := r.Use(Passes); err != nil {
				t.Fatal(err)
			}
			before := d.Stats()["nerf_mega"].Dispatches
			passes := frameOf(t, r, v)
			if d.Stats()["nerf_mega"].Dispatches != before {
				t.Error("passes ran the mega-kernel")
			}
			if err := r.Use(Whole); err != nil {
				t.Fatal(err)
			}
			infer := d.Stats()["render_march"].Dispatches
			whole := frameOf(t, r, v)
			if d.Stats()["render_march"].Dispatches != infer {
				t.Error("the mega pipeline ran passes")
			}
			if err := picturesApart(whole, passes); err != nil {
				t.Errorf("view %d: %v", i, err)
			}
			if n := r.Dispatches(); n != 1 {
				t.Errorf("view %d: %d dispatches for a frame, want 1", i, n)
			}
			if lo, hi := slices.Min(passes.Color), slices.Max(passes.Color); hi-lo < 0.3 {
				t.Errorf("view %d is almost one colour: %v to %v", i, lo, hi)
			}
			r.mega.most = 100
			if err := sameFrame(frameOf(t, r, v), whole); err != nil {
				t.Errorf("view %d in ranges: %v", i, err)
			}
			if n := r.Dispatches(); n < 3 {
				t.Errorf("view %d in ranges of 100 pixels took %d dispatches", i, n)
			}
			r.mega.most = 0
		}
	})
	t.Run("fault", func(t *testing.T) {
		d := twins(t)
		r := newRenderer(t, d, newField(t, d, random(11, 12)), middle, everywhere(), 0)
		passes := frameOf(t, r, megaViews()[0])
		if err := r.Use(Whole); err != nil {
			t.Fatal(err)
		}
		plant(t, kernels.NerfMega, func(c *gpu.Call, twin func(*gpu.Call)) {
			wrong := *c
			p := *gpu.PushOf[kernels.NerfMegaPush](c)
			p.InvX *= 0.98 // positions are scaled wrongly
			wrong.Push = p.Bytes()
			twin(&wrong)
		})
		if picturesApart(frameOf(t, r, megaViews()[0]), passes) == nil {
			t.Error("wrong positions are accepted")
		}
	})
}

// Whatever a software driver lets an invocation do, the picture is whole and the same: rays that invocations leave in the middle are
// taken over in the same dispatch, and where all invocations together may not do the work of a frame, dispatches follow. The
// smallest budget is that of a few samples; the one of a frame hands rays over and needs no further dispatch.
func TestMegaFramesAreWholeWithinAnyBudget(t *testing.T) {
	d := openVulkan(t)
	if d.Info().Kind != gpu.KindSoftware {
		testenv.Skip(t, "software", "%v does not limit loops", d.Info())
	}
	r := newRenderer(t, d, newField(t, d, random(11, 12)), middle, everywhere(), 0)
	if err := r.Use(Whole); err != nil {
		t.Fatal(err)
	}
	view := megaViews()[1] // its rays draw random numbers, in loops
	whole := frameOf(t, r, view)
	if n := r.Dispatches(); n != 1 {
		t.Errorf("%d dispatches within the budget", n)
	}
	for _, c := range []struct {
		budget      uint32
		least, most int // dispatches of the last sample
	}{{2000, 2, 100}, {20000, 1, 1}} {
		r.mega.budget = c.budget
		err := sameFrame(frameOf(t, r, view), whole)
		n, handed := r.Dispatches(), r.mega.handed
		t.Logf("budget %d: %d dispatches, %d rays handed over", c.budget, n, handed)
		if err != nil {
			t.Errorf("budget %d: %v", c.budget, err)
		}
		if n < c.least || n > c.most || handed == 0 {
			t.Errorf("budget %d: %d dispatches, want %d to %d; %d rays handed over", c.budget, n, c.least, c.most, handed)
		}
	}
	// Without a limit the driver may end loops on its own. Then the frame is refused, never shown as it is.
	r.mega.budget = 1 << 30
	if f, err := r.Render(view); err == nil {
		if err := sameFrame(f, whole); err != nil {
			t.Errorf("no limit: %v", err)
		}
	}
}

// Rays that meet nothing cost loops as well: those of their random numbers, of a lens and of marching.
func TestMegaCountsLoopsOfRaysThatMiss(t *testing.T) {
	d := openVulkan(t)
	r := newRenderer(t, d, newField(t, d, random(11, 12)), middle, nowhere(), 0)
	if err := r.Use(Whole); err != nil {
		t.Fatal(err)
	}
	c := testCamera(400, 400)
	c.Lens = scene.Lens{Kind: scene.OpenCV, Params: [8]float32{0.1, -0.05, 0.01, 0.01}}
	for s, x := range frameOf(t, r, View{Camera: c, SPP: 2}).Cost {
		if x != 0 {
			t.Fatalf("pixel %d has %v samples", s, x)
		}
	}
	if n := r.Dispatches(); n != 1 {
		t.Errorf("%d dispatches", n)
	}
}
