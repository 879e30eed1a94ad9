package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/conformance"
)

// TestSummary: the median, the best and half the distance of the quartiles.
func TestSummary(t *testing.T) {
	got := summary([]time.Duration{50, 10, 40, 20, 30})
	if got.median != 30 || got.best != 10 || got.repeats != 5 || got.spread != 1.0/3 {
		t.Errorf("got %+v", got)
	}
}

// TestPoints: positions stay in the cube, directions have length 1, neighbours on a ray are one step apart.
func TestPoints(t *testing.T) {
	const n = 5000
	for name, s := range map[string][]float32{"random": randomPoints(n), "rays": rayPoints(n)} {
		near := 0
		for i := range n {
			var length, distance float64
			for k := range 3 {
				p, d := s[k*n+i], 2*float64(s[(3+k)*n+i])-1
				if !(p >= 0 && p <= 1) {
					t.Fatalf("%s: sample %d at %v", name, i, p)
				}
				length += d * d
				if i > 0 {
					e := float64(p - s[k*n+i-1])
					distance += e * e
				}
			}
			if length < 0.9999 || length > 1.0001 {
				t.Fatalf("%s: direction %d has squared length %v", name, i, length)
			}
			if step := float64(stepLength); i > 0 && distance < 1.01*step*step {
				near++
			}
		}
		if rays := name == "rays"; rays && near < n*9/10 || !rays && near > 1 {
			t.Errorf("%s: %d of %d samples follow their neighbour", name, near, n)
		}
	}
}

// TestWork: the operations of the base network by hand, 10,240 weights and 8 corners of 32 values, twice each.
func TestWork(t *testing.T) {
	s, err := newSubject("ingp-2023", "random", 10, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := newCost(s, 0).fused(); got.flops != 10*(2*10240+2*256) || got.rows != 10*64 || got.rowBytes != 10*64*16 {
		t.Errorf("got %+v", got)
	}
	if got := s.rows(); got.words != 4 || 1<<got.log2Rows < len(s.table())/4 || 1<<got.log2Rows >= len(s.table())/2 {
		t.Errorf("got %+v for a table of %d values", got, len(s.table()))
	}
}

// TestGate: a kernel is timed only when its cases pass, in the variant that is in use.
func TestGate(t *testing.T) {
	d := host.Open(host.Options{Threads: 1})
	defer d.Close()
	name := kernels.SumSlices.Name
	one := &task{name: "one", kernels: []string{name}}
	var cases []*check.Case
	for _, c := range conformance.Cases() {
		if c.Kernel.Name == name {
			cases = append(cases, c)
		}
	}
	used := func(variant string) gpu.Stats { return gpu.Stats{name: {Variant: variant}} }
	if err := (&gate{device: d, cases: cases}).admit(one, used("twin")); err != nil {
		t.Errorf("a right kernel is refused: %v", err)
	}
	if err := (&gate{device: d, cases: cases}).admit(one, used("simd")); err == nil {
		t.Error("planted fault: a variant that no case was computed in is timed")
	}
	if err := (&gate{device: d}).admit(one, used("twin")); err == nil {
		t.Error("planted fault: a kernel without cases is timed")
	}
	broken, wrong := *cases[0], *kernels.SumSlices
	wrong.Twin = cases[0].Fault
	broken.Kernel = &wrong
	g := &gate{device: d, cases: append(slices.Clone(cases), &broken)}
	if err := g.admit(one, used("twin")); err == nil {
		t.Error("planted fault: a kernel that fails a case is timed")
	}
}

// TestRehearse: a dispatch that differs from its twin on the workload is found, and only it is refused.
func TestRehearse(t *testing.T) {
	d := host.Open(host.Options{Threads: 1})
	defer d.Close()
	list := []task{tasks()[0], tasks()[1]}
	wrong, err := rehearse(d, "small", "rays", false, list)
	if err != nil || len(wrong) != 0 {
		t.Fatalf("%v, refused %v", err, wrong)
	}
	faulty := *kernels.NerfDensity
	faulty.SIMD = func(c *gpu.Call) bool {
		faulty.Twin(c)
		gpu.View[float32](c.Bind[5])[3] += 1
		return true
	}
	list[1].record = func(b *bench, r *gpu.Recording) {
		plain := gpu.NewRecording("plain")
		b.density(plain)
		c := plain.Commands[0].(*gpu.Dispatch)
		r.Dispatch(&faulty, c.Groups, c.Push, c.Spec, c.Binds...)
	}
	wrong, err = rehearse(d, "small", "rays", false, list)
	if err != nil || len(wrong) != 1 || wrong[list[1].name] == nil {
		t.Errorf("planted fault: %v, refused %v", err, wrong)
	}
}

// TestKernels runs the command and reads its lines; every task is made of kernels that exist.
func TestKernels(t *testing.T) {
	for _, task := range tasks() {
		for _, k := range task.kernels {
			if kernels.ByName(k) == nil {
				t.Errorf("%s needs kernel %s, which there is not", task.name, k)
			}
		}
	}
	var out, errs bytes.Buffer
	args := []string{"kernels", "--kernel", "fused,adam", "--device", "cpu", "--json", "--preset", "small", "--points", "rays", "--samples", "512", "--seconds", "0"}
	if code := run(args, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Errorf("%d lines for two kernels", len(lines))
	}
	for _, text := range lines {
		var l map[string]any
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"preset", "points", "kernel", "device"} {
			if s, _ := l[key].(string); s == "" {
				t.Errorf("%s is missing in %s", key, text)
			}
		}
		for _, key := range []string{"msamples_per_s", "gflops", "gbytes_per_s", "of_peak"} {
			if v, _ := l[key].(float64); v <= 0 {
				t.Errorf("%s is not positive in %s", key, text)
			}
		}
	}
}

// TestExport: the files are as long as the description says.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	var out, errs bytes.Buffer
	if code := run([]string{"export", "--device", "cpu", "--preset", "small", "--samples", "100", "--out", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "description.json"))
	if err != nil {
		t.Fatal(err)
	}
	var about description
	if err := json.Unmarshal(text, &about); err != nil {
		t.Fatal(err)
	}
	last := about.Levels[len(about.Levels)-1]
	for name, n := range map[string]int{"samples": 700, "raw": 400, "targets": 400, "features": 3200,
		"params": about.NetworkParams + int(last.Offset+last.Size)*about.Features} {
		info, err := os.Stat(filepath.Join(dir, name+".f32"))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() != int64(4*n) {
			t.Errorf("%s has %d bytes, want %d", name, info.Size(), 4*n)
		}
	}
}

// TestUsage: what is wrong on the command line gives exit code 2 and a line that names it.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"nothing"}, {"kernels", "--device", "toaster"}, {"kernels", "--device", "cpu:1"}, {"kernels", "--kernel", "bogus"},
		{"kernels", "--preset", "bogus"}, {"kernels", "--points", "bogus"}, {"kernels", "--samples=-1"}, {"kernels", "--seconds", "nan"},
		{"kernels", "--device", "cpu", "--threads=-2"}, {"kernels", "--device", "cpu", "--variant", "coop"}, {"export", "--out", "x", "--samples", "0"},
	} {
		var out, errs bytes.Buffer
		if code := run(args, &out, &errs); code != 2 || out.Len() > 0 || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: exit code %d, output %q, message %q", args, code, out.String(), errs.String())
		}
	}
}
