package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
)

// gate lets a kernel be timed only after its checks have passed on this device in this process.
type gate struct {
	device  gpu.Device
	cases   []*check.Case
	checked map[string]*verdict
}

// verdict is what the cases of one kernel said.
type verdict struct {
	err      error
	variants []string // that passed
}

// conform runs the kernel's conformance cases on the device, once.
func (g *gate) conform(kernel string) *verdict {
	if v := g.checked[kernel]; v != nil {
		return v
	}
	v := &verdict{}
	n := 0
	for _, c := range g.cases {
		if c.Kernel.Name != kernel {
			continue
		}
		n++
		if _, err := c.Run(g.device); err != nil {
			v.err = err
			break
		}
		if used := g.device.Stats()[kernel].Variant; !slices.Contains(v.variants, used) {
			v.variants = append(v.variants, used)
		}
	}
	if n == 0 {
		v.err = fmt.Errorf("%s has no conformance case", kernel)
	}
	if g.checked == nil {
		g.checked = map[string]*verdict{}
	}
	g.checked[kernel] = v
	return v
}

// admit returns an error unless every kernel of the task passed, and passed in the variant that now says was used last.
func (g *gate) admit(t *task, now gpu.Stats) error {
	for _, k := range t.kernels {
		v := g.conform(k)
		if v.err != nil {
			return fmt.Errorf("not timed, the check failed: %w", v.err)
		}
		if used := now[k].Variant; !slices.Contains(v.variants, used) {
			return fmt.Errorf("not timed: kernel %s runs as %q, but its cases were computed as %q", k, used, strings.Join(v.variants, `", "`))
		}
	}
	return nil
}

// checkedSamples is the number of samples of the check of a workload: whole tiles and a part of one.
const checkedSamples = 200

// rehearse runs every task on a few samples of the workload on the device and on twins, and compares what each dispatch
// wrote. The error belongs to the first task that differs, by name.
func rehearse(d gpu.Device, preset, points string, half bool, list []task) (map[string]error, error) {
	reference := host.Open(host.Options{Reference: true, Threads: 1})
	defer reference.Close()
	s, err := newSubject(preset, points, checkedSamples, half)
	if err != nil {
		return nil, err
	}
	b, err := s.put(check.New(d, reference, ""))
	if err != nil {
		return nil, err
	}
	defer b.release()
	out := map[string]error{}
	first := gpu.NewRecording("gradients")
	b.gradients(first)
	if err := b.device.Submit(first); err != nil {
		for _, t := range list {
			out[t.name] = fmt.Errorf("not timed, the check on this workload failed: %w", err)
		}
		return out, nil
	}
	for _, t := range list {
		r := gpu.NewRecording(t.name)
		if t.prepare != nil {
			t.prepare(b, r)
		}
		t.record(b, r)
		if err := b.device.Submit(r); err != nil {
			out[t.name] = fmt.Errorf("not timed, the check on this workload failed: %w", err)
		}
	}
	return out, nil
}
