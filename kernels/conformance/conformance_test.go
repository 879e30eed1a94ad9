package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// target is a device under test with how it is told to compute.
type target struct {
	name string
	gpu.Device
	// runs says whether the target computes the kernel in a way of its own, and which variant Stats must then name.
	runs func(c *check.Case) (variant string, ok bool)
}

// openHost opens a CPU device and closes it after the test.
func openHost(t *testing.T, reference bool) gpu.Device {
	d := host.Open(host.Options{Reference: reference, Threads: 3})
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestCases runs every case with its twin and planted fault, then on every device and in every variant. A failure names the sub-test, which is the argument of
// -run that repeats it.
func TestCases(t *testing.T) {
	reference := openHost(t, true)
	simd := target{"simd", openHost(t, false), func(c *check.Case) (string, bool) { return "simd", c.Kernel.SIMD != nil }}
	targets := append([]target{simd}, gpus(t)...)
	ran := map[string]int{}
	for _, c := range Cases() {
		// The race detector makes twins ten times slower and finds its races in any shape.
		if ran[c.Kernel.Name]++; testing.Short() && ran[c.Kernel.Name] > 3 {
			continue
		}
		t.Run(c.Kernel.Name+"/"+label(c), func(t *testing.T) {
			want, err := c.Run(reference)
			if err != nil {
				t.Fatal(err)
			}
			if used := reference.Stats()[c.Kernel.Name].Variant; used != "twin" {
				t.Fatalf("the reference computed by %q", used)
			}
			if err := c.RunFault(reference); err != nil {
				t.Error(err)
			}
			for _, d := range targets {
				variant, ok := d.runs(c)
				if !ok {
					continue
				}
				t.Run(d.name, func(t *testing.T) { runOn(t, c, d, variant, want) })
			}
		})
	}
}

// runOn holds the case on d against the oracle, and against the twin within the kernel's bounds.
func runOn(t *testing.T, c *check.Case, d target, variant string, want map[int][]byte) {
	got, err := c.Run(d)
	if err != nil {
		t.Fatal(err)
	}
	used := d.Stats()[c.Kernel.Name].Variant
	if d.name == "simd" && used == "twin" {
		return // the SIMD form does not cover this shape
	}
	if used != variant {
		t.Fatalf("computed by variant %q, want %q", used, variant)
	}
	if c.Variants[used] != nil {
		return // other arithmetic than the twin's: the variant's own oracle has judged it
	}
	for i := range want {
		if err := check.Compare(c.Kernel, used, i, got[i], want[i]); err != nil {
			t.Errorf("against the twin: %v", err)
		}
	}
}

// label is a case's name as a sub-test.
func label(c *check.Case) string {
	return strings.NewReplacer(" ", "_", "/", "-").Replace(c.Name)
}

// TestCoverage: every kernel has a case, every case has a planted fault and an oracle, names are unique.
func TestCoverage(t *testing.T) {
	if err := covered(kernels.All(), Cases()); err != nil {
		t.Fatal(err)
	}
	if err := covered(kernels.All(), nil); err == nil {
		t.Error("planted fault: kernels without cases are not noticed")
	}
	bare := *Cases()[0]
	bare.Fault = nil
	if err := covered(nil, []*check.Case{&bare}); err == nil {
		t.Error("planted fault: a case without a planted fault is not noticed")
	}
}

func covered(all []*gpu.Kernel, cases []*check.Case) error {
	has, seen := map[string]bool{}, map[string]bool{}
	for _, c := range cases {
		id := c.Kernel.Name + "/" + label(c)
		switch {
		case seen[id]:
			return fmt.Errorf("two cases are called %s", id)
		case c.Fault == nil:
			return fmt.Errorf("%s has no planted fault", id)
		case c.Oracle == nil:
			return fmt.Errorf("%s has no oracle", id)
		}
		seen[id], has[c.Kernel.Name] = true, true
	}
	for _, k := range all {
		if !has[k.Name] {
			return fmt.Errorf("kernel %s has no case", k.Name)
		}
	}
	return nil
}
