package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/internal/sysmem"
	"github.com/radia-go/radia/render"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/volume"
)

// appsCmd measures the twelve workloads of Mubarik et al. 2023: four applications with three encodings each.
type appsCmd struct {
	deviceFlags
	App      []string `default:"nerf,sdf,image,volume" help:"Applications: nerf, sdf, image, volume."`
	Encoding []string `default:"hashgrid,densegrid,densegrid_1res" help:"Encodings: hashgrid, densegrid, densegrid_1res."`
	Settings string   `default:"ngpc-2022" enum:"ngpc-2022,ingp-2023" help:"Parameters of the networks: ngpc-2022 or ingp-2023."`
	Size     []string `placeholder:"WxH" help:"Pictures to render; default: 256x256, 1920x1080, 3840x2160 and 7680x4320 on a GPU, 256x256 elsewhere."`
	Frames   int      `default:"0" help:"Frames of each workload and size, of which the median counts; 0 is 20 on a GPU and 5 elsewhere."`
	Chart    string   `placeholder:"FILE.svg" help:"Draw the shares of the first size."`
}

// appLine is a workload at one size; its fields are the keys of the JSON output.
type appLine struct {
	Bench    string  `json:"bench"`
	App      string  `json:"app"`
	Encoding string  `json:"encoding"`
	Preset   string  `json:"preset"`
	Size     string  `json:"size"`
	Frames   int     `json:"frames"`
	Time     float64 `json:"ms"` // wall clock of a frame, with the copy to the host
	Spread   float64 `json:"spread"`
	Rate     float64 `json:"mpixel_per_s"`
	PerRay   float64 `json:"per_ray"` // samples composited, or steps of viewing rays; evaluations for a picture
	// Shares are of the time in kernels, the un-fused ones for a radiance field, whose frames are timed with the fused.
	Pre     float64 `json:"share_pre"`
	Encode  float64 `json:"share_encode"`
	MLP     float64 `json:"share_mlp"`
	Post    float64 `json:"share_post"`
	Kernels float64 `json:"kernel_ms"` // the time that the shares are of

	Target  string `json:"target"`  // 4k30 for radiance fields, 8k120 for the others
	Reached bool   `json:"reached"` // whether pixels come as fast as the target needs
	// The paper's own figure for a frame of 1920 x 1080 with the hash grid, 0 where it has none.
	Paper     float64 `json:"paper_ms"`
	PaperNote string  `json:"paper_note,omitempty"`
	Device    string  `json:"device"`
}

// paperFrames are the milliseconds that Mubarik et al. 2023 measured for 1920 x 1080 pixels with the hash grid.
var paperFrames = map[string]float64{"nerf": 231, "sdf": 27.87, "volume": 6.32, "image": 2.12}

// targets are pixels per second by name.
var targets = map[string]float64{"4k30": 3840 * 2160 * 30, "8k120": 7680 * 4320 * 120}

func targetOf(application string) string {
	if application == "nerf" {
		return "4k30"
	}
	return "8k120"
}

// Run implements the command.
func (c *appsCmd) Run(e *app.Env) (err error) {
	for _, a := range c.App {
		if paperFrames[a] == 0 {
			return app.UsageError(fmt.Sprintf("--app %s: want nerf, sdf, image or volume", a))
		}
	}
	for _, s := range c.Encoding {
		if s != "hashgrid" && s != "densegrid" && s != "densegrid_1res" {
			return app.UsageError(fmt.Sprintf("--encoding %s: want hashgrid, densegrid or densegrid_1res", s))
		}
	}
	v := viewFlags{Size: c.Size, Frames: c.Frames}
	if err := v.check(); err != nil {
		return err
	}
	d, err := c.open(e)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	sizes, frames := [][2]int{{256, 256}, {1920, 1080}, {3840, 2160}, {7680, 4320}}, or(c.Frames, 20)
	if kind := d.Info().Kind; kind == gpu.KindHost || kind == gpu.KindSoftware {
		sizes, frames = sizes[:1], or(c.Frames, 5)
	}
	if len(c.Size) > 0 {
		sizes, _ = v.plan(d)
	} else {
		sizes = c.possible(e, sizes, sysmem.Available())
	}
	var lines []*appLine
	if !e.JSON {
		fmt.Fprintf(e.Stdout, "%s\n%-7s %-14s %10s %12s %6s %9s %8s %5s %7s %5s %5s  %s\n", d.Info(), "app", "encoding", "size", "ms", "±", "Mpixel/s", "per ray",
			"pre", "encode", "MLP", "post", "target")
	}
	for _, size := range sizes {
		for _, application := range c.App {
			for _, encoding := range c.Encoding {
				l, err := c.measure(e, d, application, encoding, size, frames)
				if err != nil {
					return fmt.Errorf("%s with %s at %dx%d: %w", application, encoding, size[0], size[1], err)
				}
				if err := printLine(e, l, l.text()); err != nil {
					return err
				}
				lines = append(lines, l)
			}
		}
	}
	if !e.JSON {
		fmt.Fprintln(e.Stdout, paperText())
	}
	if c.Chart == "" {
		return nil
	}
	first := lines[:len(c.App)*len(c.Encoding)]
	return atomicfile.Write(c.Chart, []byte(sharesChart(first)))
}

// frameBytes is what a pixel of a frame takes in the host's memory: colour, depth, cost, and three values of a picture.
const frameBytes = 4 * (4 + 1 + 1 + 3)

// possible are the sizes whose frames fit into the free bytes, 0 where nobody knows them; the others are named.
func (c *appsCmd) possible(e *app.Env, sizes [][2]int, free int64) (out [][2]int) {
	for _, s := range sizes {
		if need := frameBytes * int64(s[0]) * int64(s[1]); free > 0 && need > free {
			e.Logf("%dx%d is left out: a frame takes %d MiB of memory, %d MiB are free", s[0], s[1], need>>20, free>>20)
			continue
		}
		out = append(out, s)
	}
	return out
}

// paperText are the figures of Mubarik et al. 2023: frames, and the mean share of encoding and networks in the four applications.
func paperText() string {
	return fmt.Sprintf("paper (RTX 3090, 1920x1080, hashgrid): nerf %.2f ms, sdf %.2f ms, image %.2f ms, volume %.2f ms; encode + MLP, mean of the four: hashgrid 72%%, densegrid 60%%, densegrid_1res 60%%",
		paperFrames["nerf"], paperFrames["sdf"], paperFrames["image"], paperFrames["volume"])
}

// measure times one workload at one size.
func (c *appsCmd) measure(e *app.Env, d gpu.Device, application, encoding string, size [2]int, frames int) (*appLine, error) {
	preset := application + "/" + c.Settings
	if encoding != "hashgrid" {
		preset += "-" + encoding
	}
	settings, err := loadConfig(preset)
	if err != nil {
		return nil, err
	}
	l := &appLine{Bench: "apps", App: application, Encoding: encoding, Preset: preset, Size: fmt.Sprintf("%dx%d", size[0], size[1]), Frames: frames,
		Target: targetOf(application), Device: d.Info().String()}
	if encoding == "hashgrid" && c.Settings == "ngpc-2022" && size == [2]int{1920, 1080} {
		l.Paper, l.PaperNote = paperFrames[application], "paper, RTX 3090"
	}
	var timed, split measured
	switch application {
	case "nerf":
		timed, split, err = radianceFrames(e, d, settings, size, frames)
	case "sdf":
		timed, err = distanceFrames(e, d, settings, size, frames)
	case "image":
		timed, err = pictureFrames(e, d, settings, size, frames)
	default:
		timed, err = cloudFrames(e, d, settings, size, frames)
	}
	if err != nil {
		return nil, err
	}
	if application != "nerf" {
		split = timed
	}
	wall := summary(slices.Clone(timed.wall))
	l.Time, l.Spread = milliseconds(wall.median), wall.spread
	pixels := float64(size[0]) * float64(size[1])
	l.Rate = pixels / max(wall.median.Seconds(), 1e-9) * 1e-6
	l.Reached = l.Rate*1e6 >= targets[l.Target]
	l.PerRay = float64(timed.frame.Samples) / pixels
	each, sum := split.times(d)
	shares := map[string]float64{}
	for name, t := range each {
		shares[stageOf[name]] += t / max(sum, 1e-9)
	}
	l.Pre, l.Encode, l.MLP, l.Post, l.Kernels = shares[partPre], shares[partEncode], shares[partMLP], shares[partPost], sum
	return l, nil
}

func (l *appLine) text() string {
	reached := "not reached"
	if l.Reached {
		reached = "reached"
	}
	out := fmt.Sprintf("%-7s %-14s %10s %12.2f %5.0f%% %9.3f %8.2f %4.0f%% %6.0f%% %4.0f%% %4.0f%%  %s %s", l.App, l.Encoding, l.Size, l.Time, 100*l.Spread, l.Rate, l.PerRay,
		100*l.Pre, 100*l.Encode, 100*l.MLP, 100*l.Post, l.Target, reached)
	if l.Paper > 0 {
		out += fmt.Sprintf(" (%s: %.2f ms)", l.PaperNote, l.Paper)
	}
	return out + "\n"
}

// appFrames renders one frame that does not count, and then the others.
func appFrames(e *app.Env, d gpu.Device, frames int, frame func() (*render.Frame, error)) (m measured, err error) {
	for i := -1; i < frames; i++ {
		if err := e.Ctx.Err(); err != nil {
			return m, app.ErrInterrupted
		}
		before := maps.Clone(d.Stats())
		start := time.Now()
		if m.frame, err = frame(); err != nil {
			return m, err
		}
		if i < 0 {
			continue
		}
		if err := m.add(time.Since(start), before, d.Stats()); err != nil {
			return m, err
		}
	}
	return m, nil
}

// appCamera sees the whole unit cube.
func appCamera(size [2]int) scene.Camera {
	c := scene.Camera{Width: 48, Height: 48, Focal: [2]float32{80, 80}, Principal: [2]float32{0.5, 0.5},
		Pose: scene.LookAt(mgl32.Vec3{1.9, 1.3, -0.8}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})}
	return c.Resized(size[0], size[1])
}

// radianceFrames renders random numbers in a ball at the aabb_scale of the fox, which decides the finest level, with fused
// and with un-fused kernels.
func radianceFrames(e *app.Env, d gpu.Device, settings *config.Config, size [2]int, frames int) (fused, unfused measured, err error) {
	const foxScale = 4
	plans := plansOf([]string{"fused", "unfused"})
	s := &nerfView{camera: appCamera(size)}
	err = s.prepare(d, plans, func(p field.Pipeline) (*field.NeRF, []float32, error) {
		f, err := field.NewNeRF(d, settings, foxScale, field.NeRFOptions{Pipeline: p})
		if err != nil {
			return nil, nil, err
		}
		grid := make([]float32, field.Cascades(foxScale)*field.GridCells)
		copy(grid, ball())
		return f, grid, f.SetParams(randomParams(f.Layout))
	})
	if err != nil {
		return
	}
	defer s.release()
	all, err := s.frames(e, d, plans, size, frames)
	if err != nil {
		return
	}
	return all[0], all[1], nil
}

// distanceFrames traces a ball.
func distanceFrames(e *app.Env, d gpu.Device, settings *config.Config, size [2]int, frames int) (m measured, err error) {
	f, err := field.NewSDF(d, settings, false)
	if err != nil {
		return m, err
	}
	defer f.Release()
	if err := f.SetParams(ballParams(f.Layout)); err != nil {
		return m, err
	}
	r, err := render.NewSDF(d, f)
	if err != nil {
		return m, err
	}
	defer r.Release()
	r.SetBox([2][3]float32{{0.1, 0.1, 0.1}, {0.9, 0.9, 0.9}})
	v := render.View{Camera: appCamera(size)}
	return appFrames(e, d, frames, func() (*render.Frame, error) { return r.Render(v) })
}

// ballParams is the distance from a ball, held by the first feature of the coarsest level, whose vertices have rows of
// their own; the network passes it on. All other features are random and meet weights of 0.
func ballParams(l *config.Layout) []float32 {
	params := randomParams(l)
	clear(params[:l.NetworkParams])
	at := func(matrix, row, col int) *float32 {
		w := l.Density.Matrices[matrix]
		return &params[w.Offset+row*w.Cols+col]
	}
	last := len(l.Density.Matrices) - 1
	*at(0, 0, 0), *at(0, 1, 0) = 1, -1
	for m := 1; m < last; m++ {
		*at(m, 0, 0), *at(m, 1, 1) = 1, 1
	}
	*at(last, 0, 0), *at(last, 0, 1) = 1, -1
	g := l.Position.Grids[0]
	level := g.Levels[0]
	n := int(level.Resolution)
	if int(level.Size) < n*n*n {
		panic("bench: the coarsest level is hashed")
	}
	for i := range n * n * n {
		var p mgl32.Vec3
		for k, v := range [3]int{i % n, i / n % n, i / n / n} {
			p[k] = (float32(v)-0.5)/level.Scale - 0.5
		}
		params[g.Offset+i*g.FeaturesPerLevel] = p.Len() - 0.3
	}
	return params
}

// pictureFrames evaluates a picture of 1024 x 1024 pixels, which decides the finest level.
func pictureFrames(e *app.Env, d gpu.Device, settings *config.Config, size [2]int, frames int) (m measured, err error) {
	f, err := field.NewImage(d, settings, 1024, 1024, false)
	if err != nil {
		return m, err
	}
	defer f.Release()
	if err := f.SetParams(randomParams(f.Layout)); err != nil {
		return m, err
	}
	pixels := int64(size[0]) * int64(size[1])
	return appFrames(e, d, frames, func() (*render.Frame, error) {
		_, err := f.Render(field.Window{X1: 1, Y1: 1}, size[0], size[1])
		return &render.Frame{Width: size[0], Height: size[1], Rays: pixels, Samples: pixels}, err
	})
}

// cloudFrames marches through random numbers where a cloud of the program is. What it costs depends on where the cloud is,
// and on the 612 voxels of the paper's only through the finest level, so that a cloud of 96 serves.
func cloudFrames(e *app.Env, d gpu.Device, settings *config.Config, size [2]int, frames int) (m measured, err error) {
	cloud, err := volume.Cloud(96, paramSeed)
	if err != nil {
		return m, err
	}
	medium, err := volume.NewMedium(cloud)
	if err != nil {
		return m, err
	}
	medium.Voxels = 612
	f, err := field.NewVolume(d, settings, medium, volume.NewSky(medium.Up), false)
	if err != nil {
		return m, err
	}
	defer f.Release()
	if err := f.SetParams(randomParams(f.Layout)); err != nil {
		return m, err
	}
	r, err := render.NewVolume(d, f)
	if err != nil {
		return m, err
	}
	defer r.Release()
	v := render.View{Camera: appCamera(size)}
	m, err = appFrames(e, d, frames, func() (*render.Frame, error) { return r.Render(v) })
	if err == nil && m.frame.Samples == 0 {
		err = errors.New("no ray met the cloud")
	}
	return m, err
}
