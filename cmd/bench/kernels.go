package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/kernels/conformance"
)

// kernelsCmd times kernels.
type kernelsCmd struct {
	deviceFlags
	Preset  []string `default:"ngpc-2022,ingp-2023,small" help:"Networks: presets or configuration files."`
	Points  []string `default:"random,rays" help:"Where the network is evaluated: random, rays."`
	Kernel  []string `help:"Only these lines: grid_encode, nerf_density, fused, mlp, nerf_backward, grid_encode_backward, adam, train."`
	Samples int      `default:"0" help:"Samples in a batch; 0 is 2^17 on a processor and 2^20 on a GPU."`
	Seconds float64  `default:"0.5" help:"Time spent on each kernel of each workload, at least."`
	Half    bool     `help:"Read the table in fp16."`
}

// line is one measured kernel; its fields are the keys of the JSON output.
type line struct {
	Preset  string  `json:"preset"`
	Points  string  `json:"points"`
	Kernel  string  `json:"kernel"`
	Rate    float64 `json:"msamples_per_s"`
	GFlops  float64 `json:"gflops"`
	GBytes  float64 `json:"gbytes_per_s"`
	OfPeak  float64 `json:"of_peak"`
	Bound   string  `json:"bound"`            // which peak of_peak is a share of: fma, gather, memory
	OfTable float64 `json:"of_random_gather"` // rows per second over those of random reads from a table of this size
	Device  string  `json:"device"`
	Variant string  `json:"variant"`
	Spread  float64 `json:"spread"`
	Median  float64 `json:"median_ms"`
	Repeats int     `json:"repeats"`
	Samples int     `json:"samples"`
	Threads int     `json:"threads"`
	Half    bool    `json:"half"`

	PeakGFlops float64 `json:"peak_gflops"`
	PeakRows   float64 `json:"peak_grows_per_s"`
	PeakGBytes float64 `json:"peak_gbytes_per_s"`
}

// Run implements the command. Kernels that failed their check are named and make the exit code 1; the others are timed.
func (c *kernelsCmd) Run(e *app.Env) (err error) {
	list, err := c.choose()
	if err != nil {
		return err
	}
	if c.Samples < 0 || c.Samples > 1<<24 {
		return app.UsageError(fmt.Sprintf("--samples %d: must be from 0 to %d", c.Samples, 1<<24))
	}
	if !(c.Seconds >= 0 && c.Seconds <= 600) {
		return app.UsageError(fmt.Sprintf("--seconds %v: must be from 0 to 600", c.Seconds))
	}
	// A wrong name is said before minutes are spent on the right ones.
	for _, p := range c.Preset {
		for _, q := range c.Points {
			if _, err := outline(p, q, 1, c.Half); err != nil {
				return err
			}
		}
	}
	d, err := c.open(e)
	if err != nil {
		return err
	}
	defer app.Closing(d, &err)
	if c.Samples == 0 {
		c.Samples = 1 << 17
		if k := d.Info().Kind; k != gpu.KindHost && k != gpu.KindSoftware {
			c.Samples = 1 << 20
		}
	}
	return c.measure(e, d, &gate{device: d, cases: conformance.Cases()}, list)
}

// choose is the tasks that --kernel names.
func (c *kernelsCmd) choose() ([]task, error) {
	all := tasks()
	if len(c.Kernel) == 0 {
		return all, nil
	}
	var out []task
	for _, name := range c.Kernel {
		i := slices.IndexFunc(all, func(t task) bool { return t.name == name || t.name == "fused" && name == "nerf_infer" })
		if i < 0 {
			return nil, app.UsageError(fmt.Sprintf("--kernel %s: there is no such kernel to time", name))
		}
		out = append(out, all[i])
	}
	return out, nil
}

func (c *kernelsCmd) measure(e *app.Env, d gpu.Device, g *gate, list []task) error {
	p, err := newPeaks(d, c.Threads, min(500*time.Millisecond, time.Duration(c.Seconds*float64(time.Second))))
	if err != nil {
		return err
	}
	cached, err := p.gather(rowKey{4, cachedRows})
	if err != nil {
		return err
	}
	if !e.JSON {
		fmt.Fprintf(e.Stdout, "%v\npeaks: %.0f GFLOP/s multiply-add, %.2f Grows/s of 16 bytes from the nearest cache, %.1f GB/s copied (read and written)\n\n%s\n",
			d.Info(), p.flops*1e-9, cached*1e-9, p.copied*1e-9, tableHead)
	}
	var refused []string
	for _, preset := range c.Preset {
		for _, points := range c.Points {
			bad, err := c.workload(e, d, g, p, preset, points, list)
			if err != nil {
				return err
			}
			refused = append(refused, bad...)
		}
	}
	if len(refused) > 0 {
		return fmt.Errorf("%d of the kernels were not timed: %s", len(refused), strings.Join(refused, ", "))
	}
	return nil
}

// workload measures one preset at one kind of points and returns what it refused to time.
func (c *kernelsCmd) workload(e *app.Env, d gpu.Device, g *gate, p *peaks, preset, points string, list []task) (refused []string, err error) {
	wrong, err := rehearse(d, preset, points, c.Half, list)
	if err != nil {
		return nil, err
	}
	s, err := newSubject(preset, points, c.Samples, c.Half)
	if err != nil {
		return nil, err
	}
	b, err := s.put(d)
	if err != nil {
		return nil, err
	}
	defer b.release()
	touched, err := b.step()
	if err != nil {
		return nil, err
	}
	if err := p.again(); err != nil {
		return nil, err
	}
	for i := range list {
		if err := e.Ctx.Err(); err != nil {
			return nil, err
		}
		t := &list[i]
		err := wrong[t.name]
		if err == nil {
			var l *line
			if l, err = c.time(b, g, p, t, touched); err == nil {
				err = l.print(e)
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		fmt.Fprintf(e.Stderr, "bench: %s, %s, %s: %v\n", preset, points, t.name, err)
		refused = append(refused, preset+"/"+points+"/"+t.name)
	}
	return refused, nil
}

// step computes the gradients of one training step, which later runs start from, and counts the parameters that they
// change.
func (b *bench) step() (touched int, err error) {
	r := gpu.NewRecording("gradients")
	b.clearGradients(r)
	b.gradients(r)
	b.advance(r)
	r.Copy(b.saved, 0, b.dtable, 0, b.dtable.Size())
	grads := make([]float32, len(b.table()))
	r.Download(b.saved, 0, gpu.Bytes(grads))
	if err := (stopwatch{b.device}).run(r); err != nil {
		return 0, err
	}
	touched = b.layout.NetworkParams
	for _, g := range grads {
		if g != 0 {
			touched++
		}
	}
	return touched, nil
}

func (c *kernelsCmd) time(b *bench, g *gate, p *peaks, t *task, touched int) (*line, error) {
	r := gpu.NewRecording(t.name)
	if t.prepare != nil {
		t.prepare(b, r)
	}
	t.record(b, r)
	s := stopwatch{b.device}
	if err := s.run(r); err != nil { // so that the variant in use is known
		return nil, err
	}
	inUse := b.device.Stats()[t.kernels[0]].Variant
	if err := g.admit(t, b.device.Stats()); err != nil {
		return nil, err
	}
	budget := time.Duration(c.Seconds * float64(time.Second))
	took, err := repeat(budget, func() (time.Duration, error) {
		if t.wall {
			return s.wallTime(r)
		}
		return s.kernelTime(r, t.kernels)
	})
	if err != nil {
		return nil, err
	}
	return c.report(b, p, t, took, touched, inUse)
}

// report turns a time into rates and into the share of the peak that limits them: of the three times that the operations,
// the rows and the bytes would take at the device's peaks, the longest is the least possible time.
func (c *kernelsCmd) report(b *bench, p *peaks, t *task, took timing, touched int, variant string) (*line, error) {
	w := t.work(newCost(b.subject, touched))
	cached, err := p.gather(rowKey{b.rows().words, cachedRows})
	if err != nil {
		return nil, err
	}
	table, err := p.gather(b.rows())
	if err != nil {
		return nil, err
	}
	seconds := max(took.median.Seconds(), 1e-9)
	info := b.device.Info()
	l := &line{
		Preset: b.preset, Points: b.points, Kernel: t.name, Device: info.String(), Variant: variant,
		Rate: float64(b.n) / seconds * 1e-6, GFlops: w.flops / seconds * 1e-9, GBytes: (w.streamed + w.rowBytes) / seconds * 1e-9,
		Spread: took.spread, Median: seconds * 1e3, Repeats: took.repeats, Samples: b.n, Half: b.shape.Half,
		PeakGFlops: p.flops * 1e-9, PeakRows: cached * 1e-9, PeakGBytes: p.copied * 1e-9,
		OfTable: w.rows / seconds / table,
	}
	if info.Backend == "host" {
		l.Threads = info.Limits.ComputeUnits
	}
	if l.Variant == "" {
		l.Variant = "portable"
	}
	for _, share := range []struct {
		bound string
		of    float64
	}{{"fma", w.flops / p.flops}, {"gather", w.rows / cached}, {"memory", w.streamed / p.copied}} {
		if of := share.of / seconds; of > l.OfPeak {
			l.OfPeak, l.Bound = of, share.bound
		}
	}
	for _, v := range []float64{l.Rate, l.GFlops, l.GBytes, l.OfPeak, l.OfTable} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the device reports no times for %s", t.name)
		}
	}
	return l, nil
}

var tableHead = fmt.Sprintf("%-10s %-6s %-20s %9s %9s %8s %8s %-7s %7s %7s  %s", "preset", "points", "kernel", "Msample/s", "GFLOP/s", "GB/s", "of peak", "", "table", "spread", "variant")

func (l *line) print(e *app.Env) error {
	if !e.JSON {
		_, err := fmt.Fprintf(e.Stdout, "%-10s %-6s %-20s %9.3f %9.2f %8.2f %7.1f%% %-7s %6.1f%% %6.1f%%  %s\n", l.Preset, l.Points, l.Kernel,
			l.Rate, l.GFlops, l.GBytes, 100*l.OfPeak, l.Bound, 100*l.OfTable, 100*l.Spread, l.Variant)
		return err
	}
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("result as JSON: %w", err)
	}
	_, err = fmt.Fprintf(e.Stdout, "%s\n", b)
	return err
}
