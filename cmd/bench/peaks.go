package main

import (
	"fmt"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
)

// peaks are what the device can do, as loops that do nothing else measured it: the best of several runs.
type peaks struct {
	flops  float64            // float32 operations per second in fused multiply-adds
	copied float64            // bytes per second read and written in order
	rows   map[rowKey]float64 // rows per second
	meter  func() (stopwatch, func(), error)
	budget time.Duration
}

// rowKey is the shape of a table: rows of words 32-bit words, 2^log2Rows of them.
type rowKey struct{ words, log2Rows int }

// cachedRows is a table of at most 8 KiB, which stays in the nearest cache.
const cachedRows = 9

// newPeaks measures d. The peaks of a CPU device in reference mode are those of its processor.
func newPeaks(d gpu.Device, threads int, budget time.Duration) (*peaks, error) {
	p := &peaks{rows: map[rowKey]float64{}, budget: budget}
	p.meter = func() (stopwatch, func(), error) { return stopwatch{d}, func() {}, nil }
	if d.Info().Backend == "host" {
		p.meter = func() (stopwatch, func(), error) {
			h := host.Open(host.Options{Threads: threads, Profile: true})
			return stopwatch{h}, func() { h.Close() }, nil
		}
	}
	return p, p.again()
}

// again measures once more and keeps the best, for a machine whose other work comes and goes.
func (p *peaks) again() error {
	if err := p.with(p.measureFMA); err != nil {
		return fmt.Errorf("multiply-add peak: %w", err)
	}
	if err := p.with(p.measureCopy); err != nil {
		return fmt.Errorf("copy peak: %w", err)
	}
	for key := range p.rows {
		if err := p.measureGather(key); err != nil {
			return fmt.Errorf("gather peak: %w", err)
		}
	}
	return nil
}

func (p *peaks) with(measure func(s stopwatch) error) error {
	s, done, err := p.meter()
	if err != nil {
		return err
	}
	defer done()
	return measure(s)
}

// invocations is enough to fill the device, and whole tasks of it.
func invocations(d gpu.Device) uint32 {
	if d.Info().Backend == "host" || d.Info().Kind == gpu.KindSoftware {
		return 1 << 12
	}
	return 1 << 20
}

// longEnough doubles the steps of a loop until one run of it takes a few milliseconds, then returns the best time.
func (p *peaks) longEnough(s stopwatch, kernel string, record func(steps uint32) *gpu.Recording) (best time.Duration, steps uint32, err error) {
	for steps = 16; ; steps *= 2 {
		r := record(steps)
		t, err := s.kernelTime(r, []string{kernel})
		if err != nil {
			return 0, 0, err
		}
		if t > 4*time.Millisecond || steps >= 1<<20 {
			break
		}
	}
	r := record(steps)
	t, err := repeat(p.budget, func() (time.Duration, error) { return s.kernelTime(r, []string{kernel}) })
	return max(t.best, 1), steps, err
}

func (p *peaks) measureFMA(s stopwatch) error {
	n := invocations(s.Device)
	out, err := s.NewBuffer("sums", int(4*n))
	if err != nil {
		return err
	}
	defer out.Release()
	spec := kernels.DefaultPeakFmaSpec()
	best, steps, err := p.longEnough(s, kernels.PeakFMA.Name, func(steps uint32) *gpu.Recording {
		r := gpu.NewRecording("multiply-add peak")
		r.Dispatch(kernels.PeakFMA, kernels.Groups(n, spec.LocalSizeX),
			kernels.PeakFmaPush{Count: n, Steps: steps, Factor: -1, Addend: 1}.Bytes(), spec.Values(), gpu.All(out))
		return r
	})
	p.flops = max(p.flops, 2*kernels.PeakChains*float64(n)*float64(steps)/best.Seconds())
	return err
}

// gather is the rate of reading rows at unrelated places of a table.
func (p *peaks) gather(key rowKey) (float64, error) {
	if p.rows[key] == 0 {
		if err := p.measureGather(key); err != nil {
			return 0, fmt.Errorf("gather peak: %w", err)
		}
	}
	return p.rows[key], nil
}

func (p *peaks) measureGather(key rowKey) error {
	return p.with(func(s stopwatch) error {
		n := invocations(s.Device)
		table, err := s.NewBuffer("rows", 4*key.words<<key.log2Rows)
		if err != nil {
			return err
		}
		defer table.Release()
		out, err := s.NewBuffer("digests", int(4*n))
		if err != nil {
			return err
		}
		defer out.Release()
		fill := gpu.NewRecording("touch the table") // so that every page of it exists
		fill.Fill(table, 0, 0, 1)
		if err := s.run(fill); err != nil {
			return err
		}
		spec := kernels.DefaultPeakGatherSpec()
		spec.Words = uint32(key.words)
		best, steps, err := p.longEnough(s, kernels.PeakGather.Name, func(steps uint32) *gpu.Recording {
			r := gpu.NewRecording("gather peak")
			r.Dispatch(kernels.PeakGather, kernels.Groups(n, spec.LocalSizeX),
				kernels.PeakGatherPush{Count: n, Steps: steps, Shift: uint32(32 - key.log2Rows)}.Bytes(), spec.Values(), gpu.All(table), gpu.All(out))
			return r
		})
		p.rows[key] = max(p.rows[key], float64(n)*float64(steps)/best.Seconds())
		return err
	})
}

func (p *peaks) measureCopy(s stopwatch) error {
	const words = 1 << 25 // 128 MiB each way, beyond caches
	a, err := s.NewBuffer("source", 4*words)
	if err != nil {
		return err
	}
	defer a.Release()
	b, err := s.NewBuffer("target", 4*words)
	if err != nil {
		return err
	}
	defer b.Release()
	fill := gpu.NewRecording("touch the memory")
	fill.Fill(a, 0, 0, 1)
	fill.Fill(b, 0, 0, 2)
	if err := s.run(fill); err != nil {
		return err
	}
	spec := kernels.DefaultPeakCopySpec()
	r := gpu.NewRecording("copy peak")
	r.Dispatch(kernels.PeakCopy, kernels.Groups(words, spec.LocalSizeX), kernels.PeakCopyPush{Count: words}.Bytes(), spec.Values(), gpu.All(a), gpu.All(b))
	t, err := repeat(p.budget, func() (time.Duration, error) { return s.kernelTime(r, []string{kernels.PeakCopy.Name}) })
	p.copied = max(p.copied, 2*4*words/max(t.best, 1).Seconds())
	return err
}
