package main

import (
	"slices"
	"time"

	"github.com/radia-go/radia/gpu"
)

// timing is the outcome of repeated runs.
type timing struct {
	median  time.Duration
	best    time.Duration
	spread  float64 // half the distance between the quartiles, relative to the median
	repeats int
}

// minRepeats is how often everything is run at least, after one run that is not counted.
const minRepeats = 5

// repeat calls once until the budget is spent.
func repeat(budget time.Duration, once func() (time.Duration, error)) (timing, error) {
	var times []time.Duration
	start := time.Now()
	for i := 0; len(times) < minRepeats || time.Since(start) < budget; i++ {
		t, err := once()
		if err != nil {
			return timing{}, err
		}
		if i > 0 {
			times = append(times, t)
		}
	}
	return summary(times), nil
}

func summary(times []time.Duration) timing {
	slices.Sort(times)
	quantile := func(q float64) float64 {
		x := q * float64(len(times)-1)
		i := int(x)
		j := min(i+1, len(times)-1)
		return float64(times[i]) + (x-float64(i))*float64(times[j]-times[i])
	}
	m := quantile(0.5)
	return timing{
		median: time.Duration(m), best: times[0], repeats: len(times),
		spread: (quantile(0.75) - quantile(0.25)) / 2 / max(m, 1),
	}
}

// stopwatch runs recordings on a device.
type stopwatch struct{ gpu.Device }

// kernelTime is the time that the device spent in the named kernels while it ran the recording, as the device measures
// it; the rest of the recording is preparation that does not count.
func (s stopwatch) kernelTime(r *gpu.Recording, kernels []string) (time.Duration, error) {
	before := s.inside(kernels)
	if err := s.run(r); err != nil {
		return 0, err
	}
	return s.inside(kernels) - before, nil
}

// wallTime is the time from submission to completion.
func (s stopwatch) wallTime(r *gpu.Recording) (time.Duration, error) {
	start := time.Now()
	err := s.run(r)
	return time.Since(start), err
}

func (s stopwatch) run(r *gpu.Recording) error {
	if err := s.Submit(r); err != nil {
		return err
	}
	return s.Wait()
}

func (s stopwatch) inside(kernels []string) (sum time.Duration) {
	stats := s.Stats()
	for _, k := range kernels {
		sum += stats[k].Time
	}
	return sum
}
