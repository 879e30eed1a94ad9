package conformance

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/kernels"
)

// TestBoundsAreWatched is the planted fault of a lane whose validation layer instruments kernels: one that reads beyond a bound
// range, where memory follows that it could read, is an error. Without it the lane's silence would mean nothing.
func TestBoundsAreWatched(t *testing.T) {
	if os.Getenv("VK_LAYER_GPUAV_ENABLE") != "1" {
		testenv.Skip(t, "gpuav", "VK_LAYER_GPUAV_ENABLE is not 1: the validation layer does not instrument kernels")
	}
	cases := slices.DeleteFunc(Cases(), func(c *check.Case) bool { return c.Kernel != kernels.ScanBlocksKernel })
	c := cases[len(cases)-1]
	for _, d := range gpus(t) {
		if variant, ok := d.runs(c); !ok || variant != "" {
			continue
		}
		if _, err := c.Run(d); err != nil {
			t.Fatal(err)
		}
		short := *c
		short.Args = slices.Clone(c.Args)
		n := gpu.View[uint32](c.Args[1].Data)[kernels.StateRays]
		short.Args[0].Data = short.Args[0].Data[:4*(n-1)] // one value too few
		if _, err := short.Run(d); !errors.Is(err, gpu.ErrValidation) || !strings.Contains(err.Error(), "out of bounds") {
			t.Errorf("%s: a read beyond the range: %v", d.name, err)
		}
	}
}
