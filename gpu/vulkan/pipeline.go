//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"fmt"
	"slices"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/spirv"
)

type pipelineKey struct {
	kernel *gpu.Kernel
	spec   string // the specialization words
}

// pipeline is a compiled kernel variant under one set of specialization values.
type pipeline struct {
	handle, layout, set uint64
	bindings            int
	variant             string
	groups              uint32 // the most workgroups of a dispatch, 0 no limit
}

// variant picks the variant that suits the device best with these specialization values, or the forced one where the kernel
// has it and it covers them.
func (d *Device) variant(k *gpu.Kernel, spec []uint32) (*gpu.Variant, gpu.Plan, error) {
	if want := d.opt.Variant; want != "" {
		if want == "portable" {
			want = ""
		}
		for i := range k.Variants {
			if v := &k.Variants[i]; v.Name == want {
				if m := d.info.Features.Missing(v.Needs); len(m) > 0 {
					return nil, gpu.Plan{}, fmt.Errorf("kernel %s: %w: variant %q %s", k.Name, gpu.ErrUnsupported, v.Name, gpu.Need(m))
				}
				if plan, err := v.Plan(&d.info, k.Layout, spec); err == nil {
					return v, plan, nil
				}
			}
		}
	}
	c, err := k.Choose(&d.info, spec)
	return c.Variant, c.Plan, err
}

// pipeline returns the compiled kernel, compiling it on first use.
func (d *Device) pipeline(k *gpu.Kernel, spec []uint32) (*pipeline, error) {
	key := pipelineKey{k, string(gpu.Bytes(spec))}
	if p := d.pipelines[key]; p != nil {
		return p, nil
	}
	v, plan, err := d.variant(k, spec)
	if err != nil {
		return nil, err
	}
	spec = plan.Spec
	l := k.Layout
	lim := &d.info.Limits
	group := l.GroupSize(spec)
	switch {
	case l.PushSize > lim.PushBytes:
		return nil, fmt.Errorf("kernel %s: %w: %d bytes of push constants, at most %d on %s", k.Name, gpu.ErrUnsupported, l.PushSize, lim.PushBytes, d.info.Name)
	case len(l.Bindings) > lim.Bindings:
		return nil, fmt.Errorf("kernel %s: %w: %d bindings, at most %d on %s", k.Name, gpu.ErrUnsupported, len(l.Bindings), lim.Bindings, d.info.Name)
	case uint64(group[0])*uint64(group[1])*uint64(group[2]) > uint64(lim.MaxGroupSize),
		group[0] > lim.MaxGroupAxes[0], group[1] > lim.MaxGroupAxes[1], group[2] > lim.MaxGroupAxes[2]:
		return nil, fmt.Errorf("kernel %s: %w: workgroup %v, at most %d invocations and %v on %s", k.Name, gpu.ErrUnsupported, group, lim.MaxGroupSize, lim.MaxGroupAxes, d.info.Name)
	}
	p := &pipeline{bindings: len(l.Bindings), variant: v.Name, groups: plan.Groups}
	if p.set, err = d.setLayout(len(l.Bindings)); err != nil {
		return nil, fmt.Errorf("kernel %s: %w", k.Name, err)
	}
	if p.layout, err = d.pipeLayout(len(l.Bindings), l.PushSize); err != nil {
		return nil, fmt.Errorf("kernel %s: %w", k.Name, err)
	}
	ids := make([]uint32, len(l.Spec))
	for i, s := range l.Spec {
		ids[i] = s.ID
	}
	subgroup, full := d.subgroups(v, group)
	if s := plan.Shape; s.M > 0 {
		inStep := uint32(0)
		if d.info.Kind == gpu.KindSoftware {
			inStep = 1
		}
		ids = append(ids, gpu.SpecCoopM, gpu.SpecCoopN, gpu.SpecCoopK, gpu.SpecSubgroup, gpu.SpecInStep)
		spec = append(slices.Clone(spec), s.M, s.N, s.K, s.Subgroup, inStep)
	}
	if err := fits(v, ids, spec, lim); err != nil {
		return nil, fmt.Errorf("kernel %s: %w on %s", k.Name, err, d.info.Name)
	}
	name := k.Name
	if v.Name != "" {
		name += " (" + v.Name + ")"
	}
	if d.opt.Compiling != nil {
		d.opt.Compiling(name, len(d.pipelines))
	}
	p.handle, err = d.h.newPipeline(d.cache.handle, p.layout, v.SPIRV(), ids, spec, subgroup, full, name)
	if err != nil {
		return nil, fmt.Errorf("kernel %s: cannot compile for %s: %w", name, d.info.Name, err)
	}
	d.cache.changed = true
	d.pipelines[key] = p
	if err := d.in.msgs.take(); err != nil { // before the kernel runs: a wrong layout may crash the driver
		delete(d.pipelines, key)
		d.h.destroyPipeline(p.handle)
		return nil, fmt.Errorf("kernel %s: %w", name, err)
	}
	return p, nil
}

// fits reads in the module itself what a workgroup takes: a driver that is asked for more workgroup memory than it has may
// do anything.
func fits(v *gpu.Variant, ids, spec []uint32, lim *gpu.Limits) error {
	set := make(map[uint32]uint32, len(ids))
	for i, id := range ids {
		set[id] = spec[i]
	}
	w, err := spirv.Specialise(v.SPIRV(), set)
	switch {
	case err != nil:
		return err
	case w.Memory > int64(lim.SharedMemory):
		return fmt.Errorf("%w: %d bytes of workgroup memory, at most %d", gpu.ErrUnsupported, w.Memory, lim.SharedMemory)
	}
	return nil
}

// subgroups says how a variant's subgroups must be: cooperative matrices are shared by a whole subgroup, so its size
// is pinned and every subgroup is full, where the workgroup can be cut into such.
func (d *Device) subgroups(v *gpu.Variant, group [3]uint32) (size uint32, full bool) {
	c := &d.p.caps.c
	if !slices.Contains(v.Needs, "coop") || !d.p.caps.has(wantSubgroupSize) || c.subgroupSize == 0 || group[0]%uint32(c.subgroupSize) != 0 {
		return 0, false
	}
	const compute = 0x20 // VK_SHADER_STAGE_COMPUTE_BIT
	if c.requiredStages&compute != 0 && c.subgroupSize >= c.minSubgroup && c.subgroupSize <= c.maxSubgroup {
		size = uint32(c.subgroupSize)
	}
	return size, true
}

func (d *Device) setLayout(bindings int) (uint64, error) {
	if l, ok := d.setLayouts[bindings]; ok {
		return l, nil
	}
	l, err := d.h.setLayout(bindings)
	if err == nil {
		d.setLayouts[bindings] = l
	}
	return l, err
}

func (d *Device) pipeLayout(bindings, push int) (uint64, error) {
	key := [2]int{bindings, push}
	if l, ok := d.pipeLayouts[key]; ok {
		return l, nil
	}
	l, err := d.h.pipelineLayout(d.setLayouts[bindings], push)
	if err == nil {
		d.pipeLayouts[key] = l
	}
	return l, err
}
