//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

//go:embed testdata/*.spv
var modules embed.FS

func compiled(name string) func() []byte {
	return func() []byte {
		b, err := modules.ReadFile("testdata/" + name + ".spv")
		if err != nil {
			panic(err)
		}
		return b
	}
}

var noLocal = [3]int{-1, -1, -1}

var (
	axpy = &gpu.Kernel{Name: "axpy", Variants: []gpu.Variant{{SPIRV: compiled("axpy")}}, Layout: &gpu.Layout{
		Bindings: []gpu.Binding{{Name: "x", Access: gpu.Read, Stride: 4}, {Name: "y", Access: gpu.Write, Stride: 4}},
		Push:     []gpu.Field{{Name: "n", Type: "uint"}, {Name: "a", Offset: 4, Type: "float"}, {Name: "b", Offset: 8, Type: "float"}},
		PushSize: 12, Spec: []gpu.Spec{{Name: "LOCAL", ID: 0, Default: 64}}, Local: [3]uint32{1, 1, 1}, LocalIDs: [3]int{0, -1, -1}}}
	inc = &gpu.Kernel{Name: "inc", Variants: []gpu.Variant{{SPIRV: compiled("inc")}}, Layout: &gpu.Layout{
		Bindings: []gpu.Binding{{Name: "x", Access: gpu.ReadWrite, Stride: 4}},
		Spec:     []gpu.Spec{{Name: "STEP", ID: 3, Default: 1}}, Local: [3]uint32{64, 1, 1}, LocalIDs: noLocal}}
	groups = &gpu.Kernel{Name: "groups", Variants: []gpu.Variant{{SPIRV: compiled("groups")}}, Layout: &gpu.Layout{
		Bindings: []gpu.Binding{{Name: "groups", Access: gpu.Write}}, Push: []gpu.Field{{Name: "n", Type: "uint"}}, PushSize: 4,
		Local: [3]uint32{1, 1, 1}, LocalIDs: noLocal}}
	layout = &gpu.Kernel{Name: "layout", Variants: []gpu.Variant{{SPIRV: compiled("layout")}}, Layout: &gpu.Layout{
		Bindings: []gpu.Binding{{Name: "items", Access: gpu.Write, Stride: 36}}, Local: [3]uint32{1, 1, 1}, LocalIDs: noLocal}}
	which = &gpu.Kernel{Name: "which", Layout: &gpu.Layout{
		Bindings: []gpu.Binding{{Name: "out", Access: gpu.ReadWrite}}, Local: [3]uint32{64, 1, 1}, LocalIDs: noLocal},
		Variants: []gpu.Variant{
			{Name: "half", Needs: []string{"float16", "storage16"}, SPIRV: compiled("which_half")},
			{Name: "atomic", Needs: []string{"atomicFloat"}, SPIRV: compiled("which_atomic")},
			{Name: "subgroup", Needs: []string{"subgroup"}, SPIRV: compiled("which_subgroup")},
			{SPIRV: compiled("which")}}}
)

// openTest opens the best device, or the software driver where there is no other; it skips where there is none. Tests
// run under the validation layer where it is installed; one that sets Validate needs it and is skipped without.
func openTest(t testing.TB, opt Options) *Device {
	t.Helper()
	must := opt.Validate
	if _, bench := t.(*testing.B); !bench {
		opt.Validate = true
	}
	if opt.CacheDir == "" {
		opt.CacheDir = "none"
	}
	if opt.Select == "" {
		opt.Select = os.Getenv("RADIA_DEVICE")
	}
	d, err := Open(opt)
	if err != nil && opt.Validate && !must && strings.Contains(err.Error(), validationLayer) {
		opt.Validate = false
		d, err = Open(opt)
	}
	if errors.Is(err, gpu.ErrNoDevice) && opt.Select == "" {
		opt.Select = "software"
		d, err = Open(opt)
	}
	if errors.Is(err, gpu.ErrNoLoader) || errors.Is(err, gpu.ErrNoDevice) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil && must && strings.Contains(err.Error(), validationLayer) {
		testenv.Skip(t, "validation", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func newBuffer(t testing.TB, d *Device, name string, size int) gpu.Buffer {
	t.Helper()
	b, err := d.NewBuffer(name, size)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func submit(t testing.TB, d *Device, r *gpu.Recording) {
	t.Helper()
	if err := d.Submit(r); err != nil {
		t.Fatal(err)
	}
}

// download reads a whole buffer into memory pre-filled with ones, so that words nobody wrote are seen.
func download[T any](t testing.TB, d *Device, b gpu.Buffer) []T {
	t.Helper()
	data := make([]byte, b.Size())
	for i := range data {
		data[i] = 0xFF
	}
	r := gpu.NewRecording("download")
	r.Download(b, 0, data)
	submit(t, d, r)
	return gpu.View[T](data)
}

func axpyPush(n int, a, b float32) []byte {
	return gpu.Bytes([]uint32{uint32(n), math.Float32bits(a), math.Float32bits(b)})
}

func ramp(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i)
	}
	return x
}

func TestPushAndSpec(t *testing.T) {
	d := openTest(t, Options{})
	const n = 1000
	x, y := newBuffer(t, d, "x", 4*n), newBuffer(t, d, "y", 4*n)
	for _, local := range []uint32{32, 64, 128} {
		r := gpu.NewRecording("axpy")
		r.Upload(x, 0, gpu.Bytes(ramp(n)))
		r.Fill(y, 0, 0, 0xFFFFFFFF)
		spec := axpy.Layout.SpecValues(map[string]uint32{"LOCAL": local})
		// Exactly as many groups as the specialised size needs: a size that did not arrive leaves a tail unwritten.
		r.Dispatch(axpy, [3]uint32{(n + local - 1) / local, 1, 1}, axpyPush(n, 2, 0.5), spec, gpu.All(x), gpu.All(y))
		got := make([]byte, 4*n)
		r.Download(y, 0, got)
		submit(t, d, r)
		for i, v := range gpu.View[float32](got) {
			if v != 2*float32(i)+0.5 { // both exact: integers below 2^23 and a half
				t.Fatalf("local %d: y[%d] = %v, want %v", local, i, v, 2*float32(i)+0.5)
			}
		}
	}
	if s := d.Stats()["axpy"]; s.Dispatches != 3 || s.Variant != "" {
		t.Errorf("stats = %+v, want 3 dispatches of the portable variant", s)
	}
}

func TestIndirect(t *testing.T) {
	d := openTest(t, Options{})
	x, g := newBuffer(t, d, "x", 4*64*8), newBuffer(t, d, "groups", 64)
	r := gpu.NewRecording("indirect")
	for _, n := range []uint32{3, 5} { // the second count is written while the first was just read
		r.Dispatch(groups, [3]uint32{1, 1, 1}, gpu.Bytes([]uint32{n}), nil, gpu.Part(g, 0, 12))
		r.DispatchIndirect(inc, gpu.Part(g, 0, 12), nil, inc.Layout.SpecValues(nil), gpu.All(x))
	}
	submit(t, d, r)
	for i, v := range download[uint32](t, d, x) {
		want := uint32(0)
		if i < 64*3 {
			want++
		}
		if i < 64*5 {
			want++
		}
		if v != want {
			t.Fatalf("x[%d] = %d, want %d", i, v, want)
		}
	}
}

func TestTransfers(t *testing.T) {
	d := openTest(t, Options{})
	const n = 256
	a, b := newBuffer(t, d, "a", 4*n), newBuffer(t, d, "b", 4*n+3)
	for i, v := range download[uint32](t, d, b) {
		if v != 0 {
			t.Fatalf("new buffer: word %d is %#x", i, v)
		}
	}
	words := make([]uint32, n)
	for i := range words {
		words[i] = uint32(i) * 2654435761
	}
	r := gpu.NewRecording("transfers")
	r.Upload(a, 0, gpu.Bytes(words))
	r.Upload(a, 5, nil) // nothing
	r.Copy(b, 7, a, 3, 101)
	r.Fill(b, 512, 64, 0xABCD0123)
	r.Upload(b, 600, []byte{1, 2, 3})
	got := make([]byte, b.Size())
	r.Download(b, 0, got)
	part := make([]byte, 10)
	r.Download(b, 598, part)
	submit(t, d, r)
	want := make([]byte, b.Size())
	copy(want[7:7+101], gpu.Bytes(words)[3:])
	for i := 512; i < 576; i += 4 {
		copy(want[i:], gpu.Bytes([]uint32{0xABCD0123}))
	}
	copy(want[600:], []byte{1, 2, 3})
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("byte %d is %#x, want %#x", i, got[i], want[i])
		}
	}
	if string(part) != string(want[598:608]) {
		t.Errorf("partial download %v, want %v", part, want[598:608])
	}
}

// TestLongTransfer is larger than the staging memory that is kept, so it runs in parts.
func TestLongTransfer(t *testing.T) {
	d := openTest(t, Options{})
	const n = 20 << 20 // words: 80 MiB
	b := newBuffer(t, d, "long", 4*n)
	words := make([]uint32, n)
	for i := range words {
		words[i] = uint32(i) ^ 0x5bd1e995
	}
	got := make([]uint32, n)
	r := gpu.NewRecording("long")
	r.Upload(b, 0, gpu.Bytes(words))
	r.Download(b, 0, gpu.Bytes(got))
	submit(t, d, r)
	for i := range words {
		if got[i] != words[i] {
			t.Fatalf("word %d is %#x, want %#x", i, got[i], words[i])
		}
	}
	if d.up.used > 2*maxStaging || d.down.used > 2*maxStaging {
		t.Errorf("staging memory grew to %d and %d bytes", d.up.used, d.down.used)
	}
}

// chain records n increments that depend on each other.
func chain(b gpu.Buffer, n int) *gpu.Recording {
	r := gpu.NewRecording("chain")
	spec := inc.Layout.SpecValues(nil)
	for range n {
		r.Dispatch(inc, [3]uint32{uint32(b.Size()+255) / 256, 1, 1}, nil, spec, gpu.All(b))
	}
	return r
}

func TestBarrierChain(t *testing.T) {
	for _, split := range []int{0, 999} {
		d := openTest(t, Options{SplitEvery: split})
		b := newBuffer(t, d, "x", 4*256)
		r := chain(b, 10000)
		submit(t, d, r)
		submit(t, d, r) // the same command buffer again, while the first may still run
		for i, v := range download[uint32](t, d, b) {
			if v != 20000 {
				t.Fatalf("split %d: x[%d] = %d after 20000 increments", split, i, v)
			}
		}
		if n := d.Stats()["inc"].Dispatches; n != 20000 {
			t.Errorf("stats count %d dispatches, want 20000", n)
		}
		wantCmds := 1
		if split > 0 {
			wantCmds = 11
		}
		for _, e := range d.entries {
			if e.name == "chain" && len(e.copies[0].cmds) != wantCmds {
				t.Errorf("split %d: %d command buffers, want %d", split, len(e.copies[0].cmds), wantCmds)
			}
		}
	}
}

// TestReplay checks that a recording is recorded once, allocates nothing when submitted again, reads its upload each
// time, and is dropped when it is garbage or a buffer of it is released.
func TestReplay(t *testing.T) {
	d := openTest(t, Options{})
	b := newBuffer(t, d, "x", 4*64)
	r := chain(b, 3)
	submit(t, d, r)
	allocs := testing.AllocsPerRun(200, func() { submit(t, d, r) })
	if allocs != 0 {
		t.Errorf("a replay allocates %v times", allocs)
	}
	if got := download[uint32](t, d, b)[0]; got != 3*202 { // AllocsPerRun runs once more to warm up
		t.Errorf("x[0] = %d, want %d", got, 3*202)
	}
	value := []uint32{0}
	sum := newBuffer(t, d, "sum", 4)
	u := gpu.NewRecording("upload and add")
	u.Upload(b, 0, gpu.Bytes(value))
	u.Dispatch(inc, [3]uint32{1, 1, 1}, nil, inc.Layout.SpecValues(nil), gpu.All(b))
	u.Copy(sum, 0, b, 0, 4)
	for i := range 50 {
		value[0] = uint32(1000 * i)
		submit(t, d, u)
		if i%7 == 0 {
			if got := download[uint32](t, d, sum)[0]; got != value[0]+1 {
				t.Fatalf("submission %d: got %d, want %d", i, got, value[0]+1)
			}
		}
	}
	key := len(d.entries)
	b.Release()
	if got := len(d.entries); got >= key {
		t.Errorf("%d recordings kept after their buffer was released, before %d", got, key)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a recording of a released buffer was accepted")
			}
		}()
		d.Submit(r)
	}()
	runtime.KeepAlive(r)
}

func TestGarbageRecordings(t *testing.T) {
	d := openTest(t, Options{})
	b := newBuffer(t, d, "x", 4*64)
	const n = 2000
	most := 0
	for i := range n {
		submit(t, d, chain(b, 1))
		most = max(most, len(d.entries))
		if i%500 == 499 {
			runtime.GC()
		}
	}
	if most > maxEntries {
		t.Errorf("%d recordings kept, at most %d wanted", most, maxEntries)
	}
	if got := download[uint32](t, d, b)[63]; got != n {
		t.Errorf("x[63] = %d, want %d", got, n)
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	for range 20 { // cleanups run in the background
		runtime.GC()
		d.bury()
		if len(d.entries) == 0 {
			return
		}
	}
	t.Errorf("%d recordings are kept though all are garbage", len(d.entries))
}

func TestSubAllocation(t *testing.T) {
	d := openTest(t, Options{})
	const seed = 7
	state := uint32(seed)
	rnd := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>8) % n
	}
	type held struct {
		b   gpu.Buffer
		tag uint32
	}
	var live []held
	check := func(h held) {
		for i, v := range download[uint32](t, d, h.b) {
			if v != h.tag {
				t.Fatalf("seed %d: buffer of tag %#x holds %#x at word %d", seed, h.tag, v, i)
			}
		}
	}
	for i := range 600 {
		if len(live) > 40 || len(live) > 0 && rnd(3) == 0 {
			k := rnd(len(live))
			check(live[k])
			live[k].b.Release()
			live = append(live[:k], live[k+1:]...)
			continue
		}
		size := 4 * (1 + rnd(1<<uint(4+rnd(14))))
		h := held{newBuffer(t, d, fmt.Sprint("b", i), size), uint32(i) + 1}
		if rnd(4) == 0 {
			for _, v := range download[uint32](t, d, h.b) {
				if v != 0 {
					t.Fatalf("seed %d: new buffer %d is not zero", seed, i)
				}
			}
		}
		r := gpu.NewRecording("tag")
		r.Fill(h.b, 0, 0, h.tag)
		submit(t, d, r)
		live = append(live, h)
	}
	for _, h := range live {
		check(h)
		h.b.Release()
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(d.storage.blocks); n > 1 {
		t.Errorf("%d blocks are kept with no buffer alive", n)
	}
	for _, b := range d.storage.blocks {
		if len(b.free) != 1 || b.free[0] != (span{0, b.size}) {
			t.Errorf("free list of an empty block: %v of %d", b.free, b.size)
		}
	}
}

func TestStructLayout(t *testing.T) {
	d := openTest(t, Options{})
	const n = 5
	b := newBuffer(t, d, "items", 36*n)
	r := gpu.NewRecording("layout")
	r.Fill(b, 0, 0, 0xFFFFFFFF)
	r.Dispatch(layout, [3]uint32{n, 1, 1}, nil, nil, gpu.All(b))
	submit(t, d, r)
	type item struct {
		id       uint32
		weight   float32
		sign     int32
		position [3]float32
		cell     [2]uint32
		last     float32
	}
	for i, got := range download[item](t, d, b) {
		f := float32(100 * i)
		want := item{uint32(100 * i), f + 1, -int32(100*i + 2), [3]float32{f + 3, f + 4, f + 5}, [2]uint32{uint32(100*i + 6), uint32(100*i + 7)}, f + 8}
		if got != want {
			t.Errorf("item %d is %+v, want %+v", i, got, want)
		}
	}
}

func TestProfile(t *testing.T) {
	d := openTest(t, Options{Profile: true})
	if d.Info().Limits.TimestampBits == 0 {
		testenv.Skip(t, "timestamps", "%s has no timestamps", d.Info().Name)
	}
	b := newBuffer(t, d, "x", 1<<20)
	r := chain(b, 20)
	submit(t, d, r)
	first := d.Stats()["inc"]
	if first.Time <= 0 || first.Dispatches != 20 {
		t.Fatalf("stats = %+v, want 20 dispatches and a time", first)
	}
	for range 10 {
		submit(t, d, r)
	}
	if s := d.Stats()["inc"]; s.Time <= first.Time || s.Dispatches != 220 {
		t.Errorf("after replays stats = %+v, before %+v", s, first)
	}
	if got := download[uint32](t, d, b)[0]; got != 220 {
		t.Errorf("x[0] = %d, want 220", got)
	}
}

func TestSync(t *testing.T) {
	d := openTest(t, Options{Sync: true})
	b := newBuffer(t, d, "x", 256)
	submit(t, d, chain(b, 10))
	if got := download[uint32](t, d, b)[0]; got != 10 {
		t.Errorf("x[0] = %d, want 10", got)
	}
	if s := d.Stats()["inc"]; s.Dispatches != 10 || s.Time <= 0 {
		t.Errorf("stats = %+v", s)
	}
}

func TestVariants(t *testing.T) {
	run := func(opt Options) (float32, string, *Device) {
		d := openTest(t, opt)
		b := newBuffer(t, d, "out", 4+4*64)
		r := gpu.NewRecording("which")
		r.Dispatch(which, [3]uint32{1, 1, 1}, nil, nil, gpu.All(b))
		submit(t, d, r)
		return download[float32](t, d, b)[1], d.Stats()["which"].Variant, d
	}
	_, _, d := run(Options{})
	f := d.Info().Features
	size := float32(min(d.Info().Limits.SubgroupSize, 64))
	for _, c := range []struct {
		name    string
		have    bool
		disable []string
		want    float32
	}{
		{"half", f.Float16 && f.Storage16, nil, 2048},
		{"atomic", f.AtomicFloat, []string{"float16"}, 64},
		{"subgroup", f.Subgroup, []string{"storage16", "atomicFloat"}, size},
		{"", true, []string{"float16", "storage16", "atomicFloat", "subgroup", "coop"}, 32},
	} {
		if !c.have {
			t.Logf("%s has no %s", d.Info().Name, c.name)
			continue
		}
		if got, v, _ := run(Options{Disable: c.disable}); got != c.want || v != c.name {
			t.Errorf("without %v: variant %q gives %v, want %q and %v", c.disable, v, got, c.name, c.want)
		}
		force := c.name
		if force == "" {
			force = "portable"
		}
		if got, v, _ := run(Options{Variant: force}); got != c.want || v != c.name {
			t.Errorf("forced %q: variant %q gives %v, want %v", c.name, v, got, c.want)
		}
	}
	d = openTest(t, Options{Variant: "half", Disable: []string{"float16"}})
	r := gpu.NewRecording("which")
	r.Dispatch(which, [3]uint32{1, 1, 1}, nil, nil, gpu.All(newBuffer(t, d, "out", 260)))
	if err := d.Submit(r); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "float16") {
		t.Errorf("forced variant without its feature: %v", err)
	}
}

// BenchmarkReplay is the host's cost of submitting a recording that the device knows.
func BenchmarkReplay(b *testing.B) {
	d := openTest(b, Options{})
	r := chain(newBuffer(b, d, "x", 256), 1)
	for b.Loop() {
		submit(b, d, r)
	}
	if err := d.Wait(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRecord is the host's cost of a new recording of 1000 dependent dispatches.
func BenchmarkRecord(b *testing.B) {
	d := openTest(b, Options{})
	x := newBuffer(b, d, "x", 256)
	for b.Loop() {
		submit(b, d, chain(x, 1000))
	}
	if err := d.Wait(); err != nil {
		b.Fatal(err)
	}
}

// TestSemaphores orders two submissions by a semaphore, as a window's swapchain does.
func TestSemaphores(t *testing.T) {
	d := openTest(t, Options{})
	_, _, device, _ := d.Handles()
	info := vk.SemaphoreCreateInfo{SType: vk.StructureTypeSemaphoreCreateInfo}
	defer info.Free()
	var sem vk.Semaphore
	if r := vk.CreateSemaphore(vk.Device(device), &info, nil, &sem); r != vk.Success {
		t.Fatal(vk.Error(r))
	}
	defer vk.DestroySemaphore(vk.Device(device), sem, nil)
	b := newBuffer(t, d, "x", 256)
	handle := uint64(uintptr(unsafe.Pointer(sem)))
	for range 3 {
		if err := d.SubmitSignal(chain(b, 1), 0, handle); err != nil {
			t.Fatal(err)
		}
		if err := d.SubmitSignal(chain(b, 2), handle, 0); err != nil {
			t.Fatal(err)
		}
	}
	if got := download[uint32](t, d, b)[0]; got != 9 {
		t.Errorf("x[0] = %d, want 9", got)
	}
}

// TestModules finds compiled kernels that are older than their source or the script that compiles them.
func TestModules(t *testing.T) {
	want, err := os.ReadFile("testdata/SUMS")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, name := range []string{"axpy.comp", "build.sh", "groups.comp", "inc.comp", "layout.comp", "which.comp"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(data), name)
	}
	if got.String() != string(want) {
		t.Errorf("a source changed: run testdata/build.sh; SUMS has\n%swant\n%s", want, got.String())
	}
}
