package field

import (
	"slices"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/snapshot"
)

// TestLoadsSnapshotsOf2022: a model whose networks are aligned to 8, without a density grid, is loaded in the present layout.
func TestLoadsSnapshotsOf2022(t *testing.T) {
	c, err := config.Load("base_14")
	if err != nil {
		t.Fatal(err)
	}
	concrete, err := c.ForNeRF(1)
	if err != nil {
		t.Fatal(err)
	}
	old, err := concrete.LayoutAligned(config.LegacyAlignment)
	if err != nil {
		t.Fatal(err)
	}
	params := f16.FromSlice(old.Init(config.DefaultSeed))
	s := &snapshot.Snapshot{Config: c.Tree(), Mode: string(config.NeRF), Params: snapshot.Params{Half: params}, NeRF: &snapshot.NeRF{AABBScale: 1}}
	d := host.Open(host.Options{Threads: 1})
	defer d.Close()
	f, grid, err := LoadNeRF(d, s, "old.ingp", NeRFOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	got, err := f.ReadParams()
	if err != nil {
		t.Fatal(err)
	}
	_, want, err := concrete.Present(f16.ToSlice(params))
	if err != nil || !slices.Equal(got, want) || len(got) != len(params)+512 || slices.Min(grid) != 1 {
		t.Errorf("%d parameters of %d stored: %v", len(got), len(params), err)
	}
}
