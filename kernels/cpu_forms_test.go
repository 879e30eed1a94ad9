package kernels

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/kernels/simd"
)

// workers is a pool that runs tasks in turn and claims to be several workers.
type workers int

func (w workers) Workers() int { return int(w) }
func (w workers) Run(tasks int, f func(task, worker int)) {
	for i := range tasks {
		f(i, i%int(w))
	}
}

// twinAndForm runs a kernel by its twin and by its form on copies of the same memory and returns the first binding in
// which they differ, or -1; edit changes what the form gets.
func twinAndForm(t *testing.T, k *gpu.Kernel, groups uint32, push []byte, bind [][]byte, edit func(bind [][]byte)) int {
	t.Helper()
	var got [2][][]byte
	for i := range got {
		for _, b := range bind {
			got[i] = append(got[i], slices.Clone(b))
		}
		c := &gpu.Call{Kernel: k, Groups: [3]uint32{groups, 1, 1}, Push: push, Spec: k.Layout.SpecValues(nil), Bind: got[i], Pool: workers(1 + 2*i)}
		if i == 0 {
			k.Twin(c)
			continue
		}
		if edit != nil {
			edit(got[i])
		}
		if !k.SIMD(c) {
			t.Fatalf("%s: the form does not cover the call", k.Name)
		}
	}
	for i := range bind {
		if k.Layout.Bindings[i].Access&gpu.Write != 0 && !bytes.Equal(got[0][i], got[1][i]) {
			return i
		}
	}
	return -1
}

// scattered is a bitfield of all cascades with lone cells, blocks and empty space, each cascade covering the finer ones.
func scattered(rng *pcg32.Source) []uint32 {
	bits := make([]uint32, OccupancySize/4)
	for i := range bits {
		switch u := rng.Uint32() % 64; {
		case u < 2:
			bits[i] = 1 << (rng.Uint32() % 32)
		case u == 2:
			bits[i] = math.MaxUint32
		case u == 3:
			bits[i] = rng.Uint32()
		}
	}
	call := &gpu.Call{Kernel: OccupancyPoolKernel, Groups: [3]uint32{1024, 1, 1}, Spec: OccupancyPoolKernel.Layout.SpecValues(nil), Bind: [][]byte{gpu.Bytes(bits)}, Pool: workers(1)}
	for level := uint32(1); level < GridCascades; level++ {
		call.Push = OccupancyPoolPush{Level: level}.Bytes()
		occupancyPoolTwin(call)
	}
	return bits
}

// anyRays are rays from inside and outside the box, some along the axes, some dead, some that start beyond their end, and
// one that starts nowhere.
func anyRays(rng *pcg32.Source, n int, law StepLaw, size float32) []Ray {
	rays := make([]Ray, n)
	half := size / 2
	lo, hi := vec3{0.5 - half, 0.5 - half, 0.5 - half}, vec3{0.5 + half, 0.5 + half, 0.5 + half}
	for i := range rays {
		var o, d vec3
		for k := range o {
			o[k], d[k] = 0.5+(rng.Float32()-0.5)*2*size, rng.Float32()-0.5
		}
		if i%9 == 4 {
			d[i%3] = 0
		}
		if i%27 == 14 {
			d[(i+1)%3] = 0
		}
		l := sqrt32(d.dot(d))
		d = vec3{d[0] / l, d[1] / l, d[2] / l}
		t0, t1, hit := boxSpan(o, d, lo, hi)
		flags := uint32(0)
		if hit && i%17 != 3 {
			flags = RayAlive
		}
		if !hit {
			t0, t1 = 0, 0
		}
		rays[i] = Ray{o[0], o[1], o[2], d[0], d[1], d[2], law.position(law.number(max(t0, 0)) + rng.Float32()), t1, 1, flags}
	}
	if n > 5 {
		rays[5].T = float32(math.NaN())
	}
	return rays
}

// TestMarchingForms: packets of rays find the samples that the twins find, bit by bit.
func TestMarchingForms(t *testing.T) {
	if !simd.Marches() {
		t.Skip("this processor has no packet marching")
	}
	const seed = 71
	rng := pcg32.New(seed)
	bits := scattered(&rng)
	for _, v := range []struct {
		cone        float64
		size        float32
		mips, limit uint32
		n, minMip   int
	}{
		{0, 1, 0, 1024, 333, 0}, {0, 1, 0, 3, 65, 0}, {1.0 / 256, 1, 0, 1024, 130, 0}, {1.0 / 256, 16, 4, 1024, 200, 2},
		{1.0 / 256, 128, 7, 1024, 97, 0}, {1.0 / 256, 8, 3, 7, 1, 0}, {0, 1, 0, 0, 20, 0}, {0, 1, 0, 9, 0, 0},
	} {
		name := fmt.Sprintf("cone=%.3g box=%g mips=%d limit=%d rays=%d seed=%d", v.cone, v.size, v.mips, v.limit, v.n, seed)
		law := NewStepLaw(v.cone)
		rays := anyRays(&rng, v.n, law, v.size)
		lo, hi := 0.5-v.size/2, 0.5+v.size/2
		state := NewTrainState(1, uint32(v.n))
		push := NewMarchPush([3]float32{lo, lo, lo}, [3]float32{hi, hi, hi}, law, v.mips, v.limit, 0)
		counts := make([]uint32, v.n+1)
		bind := [][]byte{gpu.Bytes(append(rays, Ray{})), gpu.Bytes(bits), gpu.Bytes([]TrainState{state}), gpu.Bytes(counts)}
		groups := uint32(v.n/64 + 1)
		if b := twinAndForm(t, MarchCountKernel, groups, push.Bytes(), bind, nil); b >= 0 {
			t.Fatalf("march_count %s: binding %d differs", name, b)
		}
		marchCountTwin(&gpu.Call{Kernel: MarchCountKernel, Groups: [3]uint32{groups, 1, 1}, Push: push.Bytes(), Spec: MarchCountKernel.Layout.SpecValues(nil), Bind: bind, Pool: workers(1)})

		most, total := 0, uint32(0)
		for i := range v.n {
			if counts[i] > counts[most] {
				most = i
			}
		}
		if counts[most] > 0 && v.limit > 100 {
			counts[most]++ // asked for more than the ray has
		}
		offsets := make([]uint32, v.n+1)
		for i := range v.n {
			offsets[i] = total
			total += counts[i]
		}
		if v.n > 60 && total < uint32(v.n)/4 {
			t.Fatalf("%s: %d samples decide nothing", name, total)
		}
		push.Capacity = total + 5
		emitted := make([]float32, 7*push.Capacity)
		bind = append(bind, gpu.Bytes(offsets), gpu.Bytes(emitted), gpu.Bytes(make([]uint32, push.Capacity)))
		if b := twinAndForm(t, MarchEmitKernel, groups, push.Bytes(), bind, nil); b >= 0 {
			t.Fatalf("march_emit %s: binding %d differs", name, b)
		}
		const steps = 8
		live, words := make([]uint32, v.n+1), make([]uint32, 8)
		for i := range live {
			live[i] = uint32(i * 7 % max(v.n, 1))
		}
		if v.n%7 == 0 {
			for i := range live {
				live[i] = uint32(i)
			}
		}
		words[0] = uint32(v.n)
		render := RenderMarchPush{LoX: lo, LoY: lo, LoZ: lo, InvX: 1 / v.size, InvY: 1 / v.size, InvZ: 1 / v.size, Cone: law.Cone, Lambda: law.Lambda,
			A: law.A, B: law.B, Ta: law.Ta, Tb: law.Tb, MaxMip: v.mips, MinMip: uint32(v.minMip), Capacity: uint32(steps*v.n + 3), Steps: steps,
			SamplesIndex: 1, GroupsIndex: 2, GroupSize: 64}
		samples := make([]float32, 7*render.Capacity)
		bind = [][]byte{gpu.Bytes(live), gpu.Bytes(bits), gpu.Bytes(words), gpu.Bytes(append(rays, Ray{})), gpu.Bytes(samples)}
		if b := twinAndForm(t, RenderMarchKernel, groups, render.Bytes(), bind, nil); b >= 0 {
			t.Fatalf("render_march %s: binding %d differs", name, b)
		}
		if v.n < 60 || v.limit < 100 {
			continue
		}
		// One ray starts half a step later.
		late := func(bind [][]byte) {
			for _, b := range bind {
				if len(b) == len(gpu.Bytes(rays))+len(gpu.Bytes(rays[:1])) {
					gpu.View[Ray](b)[most].T += 1e-3
				}
			}
		}
		if twinAndForm(t, RenderMarchKernel, groups, render.Bytes(), bind, late) < 0 {
			t.Errorf("render_march %s: planted fault: a ray that starts elsewhere is not noticed", name)
		}
	}
}

// BenchmarkMarching counts the samples of 4,096 rays by the twin and by the form in use.
func BenchmarkMarching(b *testing.B) {
	const n, groups = 4096, 64
	rng := pcg32.New(71)
	bits, law := scattered(&rng), NewStepLaw(1.0/256)
	rays, state, counts := anyRays(&rng, n, law, 2), make([]TrainState, 1), make([]uint32, n)
	state[0].Rays = n
	p := NewMarchPush([3]float32{-0.5, -0.5, -0.5}, [3]float32{1.5, 1.5, 1.5}, law, 1, 1024, 1<<20)
	c := &gpu.Call{Kernel: MarchCountKernel, Groups: [3]uint32{groups, 1, 1}, Push: p.Bytes(), Spec: MarchCountKernel.Layout.SpecValues(nil),
		Bind: [][]byte{gpu.Bytes(rays), gpu.Bytes(bits), gpu.Bytes(state), gpu.Bytes(counts)}, Pool: workers(1)}
	b.Run("twin", func(b *testing.B) {
		for range b.N {
			MarchCountKernel.Twin(c)
		}
	})
	b.Run("form", func(b *testing.B) {
		for range b.N {
			if !MarchCountKernel.SIMD(c) {
				b.Skip("this processor has no packet marching")
			}
		}
	})
}
