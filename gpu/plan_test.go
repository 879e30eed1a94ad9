package gpu

import (
	"errors"
	"slices"
	"testing"
)

func TestCoopShape(t *testing.T) {
	f := Features{Coop: []CoopShape{{16, 8, 8, "f32"}, {16, 16, 16, "f16"}, {32, 32, 16, "f32"}, {8, 8, 8, "f32"}, {16, 8, 16, "f32"}}}
	if got, ok := f.CoopShape(); !ok || got != (CoopShape{16, 8, 16, "f32"}) {
		t.Errorf("shape %v %v", got, ok)
	}
	f.Coop = f.Coop[1:3]
	if got, ok := f.CoopShape(); ok {
		t.Errorf("shape %v, want none", got)
	}
	if m := f.Missing([]string{"coop"}); len(m) != 1 {
		t.Errorf("missing %v", m)
	}
}

func TestPlan(t *testing.T) {
	info := &Info{}
	spec := []uint32{1, 2}
	v := Variant{Needs: []string{"float16"}}
	if _, err := v.Plan(info, nil, spec); err == nil {
		t.Error("a device without float16 runs a variant that needs it")
	}
	info.Features.Float16 = true
	if p, err := v.Plan(info, nil, spec); err != nil || &p.Spec[0] != &spec[0] || p.Groups != 0 {
		t.Errorf("plan %v %v", p, err)
	}
	v.Fit = func(_ *Info, _ *Layout, spec []uint32) (Plan, error) { return Plan{}, errors.New("no") }
	if _, err := v.Plan(info, nil, spec); err == nil {
		t.Error("Fit was not asked")
	}
}

// TestChoose: the best variant that runs, unless it says that another is faster; reasons for those passed over.
func TestChoose(t *testing.T) {
	slow := func(_ *Info, _ *Layout, spec []uint32) (Plan, error) { return Plan{Spec: spec, Slow: "tired"}, nil }
	wide := func(*Info, *Layout, []uint32) (Plan, error) { return Plan{}, errors.New("too wide") }
	k := &Kernel{Name: "k", Variants: []Variant{{Name: "a", Needs: []string{"float16"}}, {Name: "b", Fit: wide}, {Name: "c", Fit: slow}, {}}}
	c, err := k.Choose(&Info{}, nil)
	if err != nil || c.Variant != &k.Variants[3] || !slices.Equal(c.Passed, []string{"a: needs float16", "b: too wide", "c: tired"}) {
		t.Errorf("%+v %v", c, err)
	}
	k.Variants = k.Variants[:3]
	if c, err = k.Choose(&Info{}, nil); err != nil || c.Variant != &k.Variants[2] || len(c.Passed) != 2 {
		t.Errorf("nothing but a slow one: %+v %v", c, err)
	}
	k.Variants = k.Variants[:2]
	if _, err = k.Choose(&Info{Name: "toy"}, nil); !errors.Is(err, ErrUnsupported) || err.Error() != "kernel k: not supported by the device: toy: a: needs float16; b: too wide" {
		t.Errorf("nothing: %v", err)
	}
}
