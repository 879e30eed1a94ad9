package gpu

import "testing"

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
	if _, ok := v.Plan(info, nil, spec); ok {
		t.Error("a device without float16 runs a variant that needs it")
	}
	info.Features.Float16 = true
	if p, ok := v.Plan(info, nil, spec); !ok || &p.Spec[0] != &spec[0] || p.Groups != 0 {
		t.Errorf("plan %v %v", p, ok)
	}
	v.Fit = func(_ *Info, _ *Layout, spec []uint32) (Plan, bool) { return Plan{}, spec[0] == 7 }
	if _, ok := v.Plan(info, nil, spec); ok {
		t.Error("Fit was not asked")
	}
}
