package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/scene/mesh"
)

const smallSDF = `{"parent": "sdf/base", "encoding": {"n_levels": 4, "log2_hashmap_size": 12, "base_resolution": 8, "per_level_scale": 1.5},
	"network": {"n_neurons": 32, "n_hidden_layers": 1}, "optimizer": {"nested": {"nested": {"learning_rate": 1e-2}}}}`

// testMesh is a box with edges of 3, 2 and 1, far from the origin.
func testMesh(t *testing.T) *mesh.Mesh {
	t.Helper()
	m, err := mesh.Decode([]byte("v 10 5 1\nv 13 5 1\nv 13 7 1\nv 10 7 1\nv 10 5 2\nv 13 5 2\nv 13 7 2\nv 10 7 2\n" +
		"f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func trainMesh(t *testing.T, steps int) *SDF {
	t.Helper()
	c, err := config.Parse("small", []byte(smallSDF))
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{})
	t.Cleanup(func() { d.Close() })
	m := testMesh(t)
	tr, err := NewSDF(d, m, mesh.SignFor(m), FitOptions{Config: c, Batch: 1024, Seed: 1337})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(context.Background(), Limits{Steps: steps}, nil); err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestSDFLearns(t *testing.T) {
	tr := trainMesh(t, 300)
	got, err := tr.Compare(32)
	if err != nil {
		t.Fatal(err)
	}
	const enough = 0.95
	if got.IoU < enough || got.MeanDistance > 0.01 {
		t.Errorf("IoU %.4f, mean distance %.5f after 300 steps", got.IoU, got.MeanDistance)
	}
	// The measure can fail: the same field against a box of another shape.
	other := testMesh(t)
	for i := range other.Vertices {
		other.Vertices[i][2] = (other.Vertices[i][2]-1)*0.5 + 1
	}
	if wrong, err := CompareSDF(tr.Field, other, mesh.Watertight, 32); err != nil || wrong.IoU >= enough {
		t.Errorf("IoU %.4f against another mesh, %v", wrong.IoU, err)
	}
	if untrained, err := trainMesh(t, 1).Compare(32); err != nil || untrained.IoU >= enough {
		t.Errorf("IoU %.4f after one step, %v", untrained.IoU, err)
	}

	s, err := tr.Snapshot(false)
	if err != nil {
		t.Fatal(err)
	}
	d := host.Open(host.Options{})
	defer d.Close()
	f, err := field.LoadSDF(d, s, "copy")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	if f.Scale != tr.Field.Scale || f.Offset != tr.Field.Offset || f.Lo != tr.Field.Lo || f.Hi != tr.Field.Hi {
		t.Error("the place of the mesh is not kept")
	}
	loaded, err := CompareSDF(f, testMesh(t), mesh.Watertight, 32)
	if err != nil || math.Abs(loaded.IoU-got.IoU) > 0.02 {
		t.Errorf("IoU %.4f trained, %.4f loaded, %v", got.IoU, loaded.IoU, err)
	}
}

// Samples have the distances they say, do not depend on threads or on the step before, and every step has its own.
func TestSDFSamples(t *testing.T) {
	tr := trainMesh(t, 1)
	if err := tr.before(5); err != nil {
		t.Fatal(err)
	}
	first, n, stride := slices.Clone(tr.drawn.points), tr.Batch(), tr.drawn.stride
	inside := 0
	for i := range n {
		p := [3]float64{float64(tr.drawn.points[i]), float64(tr.drawn.points[stride+i]), float64(tr.drawn.points[2*stride+i])}
		want := tr.tree.Distance(p, math.Inf(1), mesh.Watertight)
		if got := float64(tr.drawn.values[i]); math.Abs(got-want) > 1e-6 {
			t.Fatalf("sample %d: %v, want %v", i, got, want)
		}
		if tr.drawn.values[i] < 0 {
			inside++
		}
		for k, x := range p {
			if i%8 == 7 && (x < float64(tr.Field.Lo[k]) || x > float64(tr.Field.Hi[k])) {
				t.Fatalf("sample %d lies outside the box", i)
			}
		}
	}
	if inside < n/8 || inside > n/2 {
		t.Errorf("%d of %d samples inside", inside, n)
	}
	if err := tr.before(6); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(first, tr.drawn.points) {
		t.Error("two steps have the same samples")
	}
	if err := tr.before(5); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, tr.drawn.points) {
		t.Error("a step has other samples the second time")
	}
}
