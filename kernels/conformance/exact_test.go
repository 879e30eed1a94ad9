package conformance

import (
	"bytes"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/kernels"
)

// exactForms are the kernels whose form for the CPU gives the bits of the twin.
var exactForms = []*gpu.Kernel{
	kernels.CompositeTrainKernel, kernels.CompositeGradKernel, kernels.RenderCompositeKernel,
	kernels.MarchCountKernel, kernels.MarchEmitKernel, kernels.RenderMarchKernel,
	kernels.OccupancySamplesKernel, kernels.OccupancySplatKernel, kernels.OccupancyDecayKernel,
	kernels.OccupancyBitsKernel, kernels.OccupancyPoolKernel, kernels.OccupancySumsKernel,
}

// TestExactForms runs every case of these kernels by twin and by form, with one thread and with three.
func TestExactForms(t *testing.T) {
	single := host.Open(host.Options{Threads: 1})
	defer single.Close()
	devices := []gpu.Device{openHost(t, false), single}
	reference := openHost(t, true)
	cases := map[*gpu.Kernel][]*check.Case{}
	for _, c := range Cases() {
		cases[c.Kernel] = append(cases[c.Kernel], c)
	}
	compared := 0
	for _, k := range exactForms {
		for _, c := range cases[k] {
			want, err := c.Run(reference)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range devices {
				got, err := c.Run(d)
				if err != nil {
					t.Fatal(err)
				}
				if i := differing(got, want); i >= 0 {
					t.Errorf("%s [%s]: binding %s is not the twin's", k.Name, c.Name, k.Layout.Bindings[i].Name)
				}
				for i, b := range got {
					b[len(b)/2] ^= 1
					if differing(got, want) != i {
						t.Fatal("planted fault: a changed bit is not noticed")
					}
					b[len(b)/2] ^= 1
				}
				compared++
			}
		}
	}
	if compared < 2*len(exactForms) {
		t.Errorf("%d comparisons: some kernel has no case", compared)
	}
}

// differing is a binding that has other bytes, or -1.
func differing(got, want map[int][]byte) int {
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			return i
		}
	}
	return -1
}
