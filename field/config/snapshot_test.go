package config_test

import (
	"bytes"
	"testing"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/snapshot"
)

// The import recipe: the configuration in a snapshot must give the layout of its parameters, also for files of 2022
// in which networks were aligned to 8.
func TestSnapshotGivesItsLayout(t *testing.T) {
	c, err := config.Load("base_14")
	if err != nil {
		t.Fatal(err)
	}
	n, err := c.ForNeRF(4)
	if err != nil {
		t.Fatal(err)
	}
	for _, alignment := range []int{config.Alignment, config.LegacyAlignment} {
		l, err := n.LayoutAligned(alignment)
		if err != nil {
			t.Fatal(err)
		}
		s := &snapshot.Snapshot{Config: c.Tree(), Mode: string(config.NeRF), Params: snapshot.Params{Half: f16.FromSlice(l.Init(config.DefaultSeed))},
			NeRF: &snapshot.NeRF{AABBScale: 4}}
		var b bytes.Buffer
		if err := snapshot.Encode(&b, s); err != nil {
			t.Fatal(err)
		}
		back, err := snapshot.Decode("x.ingp", b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := config.FromTree(back.Config, "x.ingp")
		if err != nil {
			t.Fatal(err)
		}
		if cfg, err = cfg.ForNeRF(back.NeRF.AABBScale); err != nil {
			t.Fatal(err)
		}
		got, err := cfg.LayoutFor(back.Params.Len())
		if err != nil || got.Alignment != alignment || got.Total != l.Total || got.Position.Offset != l.Position.Offset {
			t.Errorf("alignment %d: %+v, %v", alignment, got, err)
		}
		if cfg.Optimizer.Adam != c.Optimizer.Adam || cfg.String() != n.String() {
			t.Errorf("the configuration changed:\n%s\n%s", cfg, n)
		}
	}
}
