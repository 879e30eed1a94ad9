package check_test

import (
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/cmp"
)

// double computes out = 2·in in its twin; its SIMD form is the device under test and adds fault.
func double(name string, fault float32, bounds map[string]cmp.Bound) *gpu.Kernel {
	times := func(c *gpu.Call, more float32) {
		in, out := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[1])
		for i := range int(c.Groups[0]) {
			out[i] = 2*in[i] + more
		}
	}
	return &gpu.Kernel{
		Name: name,
		Layout: &gpu.Layout{Local: [3]uint32{1, 1, 1}, LocalIDs: [3]int{-1, -1, -1}, Bindings: []gpu.Binding{
			{Name: "in", Access: gpu.Read, Stride: 4}, {Name: "out", Access: gpu.Write, Stride: 4}}},
		Twin:   func(c *gpu.Call) { times(c, 0) },
		SIMD:   func(c *gpu.Call) bool { times(c, fault); return true },
		Bounds: bounds,
	}
}

// chain records a -> first -> b -> second -> c over n elements of value 1 and downloads b and c.
func chain(t *testing.T, d gpu.Device, first, second *gpu.Kernel) (b, c []float32, err error) {
	t.Helper()
	const n = 8
	var buffers [3]gpu.Buffer
	for i := range buffers {
		if buffers[i], err = d.NewBuffer(string(rune('a'+i)), 4*n); err != nil {
			t.Fatal(err)
		}
		defer buffers[i].Release()
	}
	indirect, err := d.NewBuffer("groups", 12)
	if err != nil {
		t.Fatal(err)
	}
	defer indirect.Release()
	b, c = make([]float32, n), make([]float32, n)
	rec := gpu.NewRecording("chain")
	ones := []float32{1, 1, 1, 1, 1, 1, 1, 1}
	rec.Upload(buffers[2], 0, gpu.Bytes(ones))
	rec.Copy(buffers[0], 0, buffers[2], 0, 4*n)
	rec.Upload(indirect, 0, gpu.Bytes([]uint32{n, 1, 1}))
	rec.Fill(buffers[1], 0, 0, 7)
	rec.Dispatch(first, [3]uint32{n, 1, 1}, nil, nil, gpu.All(buffers[0]), gpu.All(buffers[1]))
	rec.DispatchIndirect(second, gpu.Part(indirect, 0, 12), nil, nil, gpu.All(buffers[1]), gpu.All(buffers[2]))
	rec.Download(buffers[1], 0, gpu.Bytes(b))
	rec.Download(buffers[2], 0, gpu.Bytes(c))
	return b, c, d.Submit(rec)
}

func open(t *testing.T, from string) *check.Device {
	d := check.New(host.Open(host.Options{Threads: 1}), host.Open(host.Options{Threads: 1, Reference: true}), from)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestEveryDispatchIsCompared(t *testing.T) {
	good := double("good", 0, nil)
	b, c, err := chain(t, open(t, ""), good, double("same", 0, nil))
	if err != nil || b[7] != 2 || c[7] != 4 {
		t.Fatalf("equal devices: %v %v %v", b, c, err)
	}
	// The planted fault is in the second kernel; the error names it, its binding and its place.
	_, _, err = chain(t, open(t, ""), good, double("wrong", 0.25, nil))
	if err == nil || !strings.Contains(err.Error(), "wrong.out") || !strings.Contains(err.Error(), "chain, command 5") {
		t.Errorf("planted fault: %v", err)
	}
	// A difference within the declared bound passes, and the next kernel starts from equal inputs.
	wide := map[string]cmp.Bound{"out": {Kind: cmp.AbsRel, Abs: 0.25, Why: "the fault that is planted here"}}
	b, c, err = chain(t, open(t, ""), double("near", 0.25, wide), good)
	if err != nil || b[0] != 2.25 || c[0] != 4.5 {
		t.Errorf("within the bound: %v %v %v", b, c, err)
	}
	// A variant's bound speaks for that variant alone.
	own := double("own", 0.25, nil)
	own.Variants = []gpu.Variant{{Name: "simd", Bounds: wide}}
	if _, _, err = chain(t, open(t, ""), own, good); err != nil {
		t.Errorf("within the bound of the variant: %v", err)
	}
	own.Variants[0].Name = "another"
	if _, _, err = chain(t, open(t, ""), own, good); err == nil {
		t.Error("planted fault: the bound of another variant is taken")
	}
}

func TestFromComputesTheRestOnTheDevice(t *testing.T) {
	first, second := double("first", 0.25, nil), double("second", 0.5, nil)
	for from, want := range map[string][2]float32{"first": {2.25, 5}, "second": {2, 4.5}, "absent": {2, 4}} {
		d := open(t, from)
		b, c, err := chain(t, d, first, second)
		if err != nil || b[3] != want[0] || c[3] != want[1] {
			t.Errorf("from %s: %v %v %v, want %v", from, b, c, err, want)
		}
		if got := d.Stats()["second"]; got.Dispatches != 1 {
			t.Errorf("from %s: stats %+v", from, d.Stats())
		}
	}
}

func TestWrap(t *testing.T) {
	under := host.Open(host.Options{Threads: 1})
	defer under.Close()
	opened := 0
	reference := func() gpu.Device { opened++; return host.Open(host.Options{Threads: 1, Reference: true}) }
	for _, c := range []struct {
		check, from string
		wrapped     bool
		fails       bool
	}{{"", "", false, false}, {"1", "", true, false}, {"", "adam", true, false}, {"1", "adam", false, true}} {
		t.Setenv("RADIA_CHECK", c.check)
		t.Setenv("RADIA_FROM", c.from)
		opened = 0
		d, err := check.Wrap(under, reference)
		if (err != nil) != c.fails || (opened == 1) != c.wrapped || (!c.fails && (d != gpu.Device(under)) != c.wrapped) {
			t.Errorf("RADIA_CHECK=%q RADIA_FROM=%q: %v, %v, opened %d", c.check, c.from, d, err, opened)
		}
	}
}
