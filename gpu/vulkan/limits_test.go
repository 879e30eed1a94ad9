//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
)

func TestOutOfMemory(t *testing.T) {
	d := openTest(t, Options{MaxMemory: 64 << 20})
	_, err := d.NewBuffer("huge", 100<<20)
	if !errors.Is(err, gpu.ErrOutOfMemory) || !strings.Contains(err.Error(), "huge") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("100 MiB of 64: %v", err)
	}
	// Filling up fails in the end, and releasing makes room again.
	var all []gpu.Buffer
	for {
		b, err := d.NewBuffer("part", 5<<20)
		if err != nil {
			if !errors.Is(err, gpu.ErrOutOfMemory) {
				t.Fatal(err)
			}
			break
		}
		all = append(all, b)
		if len(all) > 13 {
			t.Fatal("more than 64 MiB were given out")
		}
	}
	if len(all) < 6 {
		t.Errorf("only %d buffers of 5 MiB fit into 64 MiB", len(all))
	}
	for _, b := range all {
		b.Release()
	}
	newBuffer(t, d, "again", 40<<20)

	// Kept recordings give their staging memory back when others need it: ten of 4 MiB do not fit beside the buffers.
	d = openTest(t, Options{MaxMemory: 24 << 20})
	b := newBuffer(t, d, "x", 4<<20)
	var kept []*gpu.Recording
	value := []uint32{0}
	for i := range 10 {
		data := make([]uint32, 1<<20)
		data[0] = uint32(i)
		r := gpu.NewRecording("staged")
		r.Upload(b, 0, gpu.Bytes(data))
		kept = append(kept, r)
	}
	for round := range 30 {
		submit(t, d, kept[round%len(kept)])
		submit(t, d, kept[round%len(kept)])
		r := gpu.NewRecording("one word")
		r.Download(b, 0, gpu.Bytes(value))
		submit(t, d, r)
		if value[0] != uint32(round%len(kept)) {
			t.Fatalf("round %d: x[0] = %d", round, value[0])
		}
	}

	// What the machine has bounds it too: ask for more than the heap in pieces that each are allowed.
	d = openTest(t, Options{})
	most := d.info.Limits.MaxAllocation
	if most > 1<<46 {
		most = 1 << 46
	}
	if most > d.info.MemorySize {
		if _, err := d.NewBuffer("heap", int(d.info.MemorySize)+(1<<20)); !errors.Is(err, gpu.ErrOutOfMemory) {
			t.Errorf("more than the heap: %v", err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	d := openTest(t, Options{})
	lim := &d.info.Limits
	most := lim.MaxBinding
	lim.MaxBinding = 1 << 16 // a small limit, so that no machine needs the memory for a large one
	x, y := newBuffer(t, d, "x", 1<<17), newBuffer(t, d, "y", 1<<17)
	r := gpu.NewRecording("large")
	spec := axpy.Layout.SpecValues(nil)
	r.Dispatch(axpy, [3]uint32{1, 1, 1}, axpyPush(1, 1, 1), spec, gpu.All(x), gpu.Part(y, 0, 4))
	if err := d.Submit(r); !errors.Is(err, gpu.ErrTooLarge) || !strings.Contains(err.Error(), "binding x") {
		t.Errorf("binding beyond the limit: %v", err)
	}
	lim.MaxBinding = most
	submit(t, d, r) // nothing of the refused attempt was kept

	if g := lim.MaxGroups[1]; g < 1<<32-1 {
		r = gpu.NewRecording("groups")
		r.Dispatch(axpy, [3]uint32{1, g + 1, 1}, axpyPush(1, 1, 1), spec, gpu.All(x), gpu.All(y))
		if err := d.Submit(r); !errors.Is(err, gpu.ErrTooLarge) {
			t.Errorf("groups beyond the limit: %v", err)
		}
	}
	r = gpu.NewRecording("workgroup")
	r.Dispatch(axpy, [3]uint32{1, 1, 1}, axpyPush(1, 1, 1), []uint32{lim.MaxGroupSize + 1}, gpu.All(x), gpu.All(y))
	if err := d.Submit(r); !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("workgroup beyond the limit: %v", err)
	}
	if a := lim.OffsetAlign; a > 4 {
		r = gpu.NewRecording("offset")
		r.Dispatch(axpy, [3]uint32{1, 1, 1}, axpyPush(1, 1, 1), spec, gpu.Part(x, 4, 64), gpu.All(y))
		if err := d.Submit(r); !errors.Is(err, gpu.ErrUnsupported) {
			t.Errorf("misaligned offset: %v", err)
		}
	}
	if most := d.info.Limits.MaxAllocation; most < 1<<62 {
		if _, err := d.NewBuffer("allocation", int(most)+1); !errors.Is(err, gpu.ErrTooLarge) {
			t.Errorf("allocation beyond the limit: %v", err)
		}
	}
}

// TestCompilingIsTold: each kernel is named once, before it is compiled, with how many there were before it.
func TestCompilingIsTold(t *testing.T) {
	var told []string
	var before []int
	d := openTest(t, Options{CacheDir: "none", Compiling: func(kernel string, n int) { told, before = append(told, kernel), append(before, n) }})
	b := newBuffer(t, d, "x", 256)
	for range 2 {
		submit(t, d, chain(b, 2))
	}
	if len(told) != len(d.pipelines) || len(told) == 0 || told[0] == "" || before[0] != 0 {
		t.Errorf("%d kernels were compiled, told were %q after %v", len(d.pipelines), told, before)
	}
}

func TestPipelineCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deeper", "radia")
	run := func() (*Device, string) {
		d := openTest(t, Options{CacheDir: dir})
		loaded := d.cache.loaded
		b := newBuffer(t, d, "x", 256)
		submit(t, d, chain(b, 1))
		if got := download[uint32](t, d, b)[5]; got != 1 {
			t.Fatalf("x[5] = %d", got)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d.cache.loaded = loaded
		return d, d.cache.path
	}
	d, path := run()
	if d.cache.loaded {
		t.Fatal("a cache was loaded from an empty folder")
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no cache was written: %v", err)
	}
	if d, _ := run(); !d.cache.loaded {
		t.Error("the cache was not used the second time")
	}
	const head = len(cacheMagic) + 32
	for name, spoil := range map[string]func([]byte) []byte{
		"truncated":  func(b []byte) []byte { return b[:len(b)/2] },
		"empty":      func([]byte) []byte { return nil },
		"bit flip":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"magic":      func(b []byte) []byte { b[0]++; return b },
		"other GPU":  func(b []byte) []byte { b[head+12]++; return rehash(b) },
		"other UUID": func(b []byte) []byte { b[head+16]++; return rehash(b) },
		"header":     func(b []byte) []byte { b[head+4]++; return rehash(b) },
		"garbage":    func(b []byte) []byte { return []byte(strings.Repeat("nonsense", 100)) },
	} {
		if err := os.WriteFile(path, spoil(append([]byte(nil), good...)), 0o600); err != nil {
			t.Fatal(err)
		}
		if d, _ := run(); d.cache.loaded {
			t.Errorf("%s: the cache was used", name)
		}
		if d, _ := run(); !d.cache.loaded {
			t.Errorf("%s: the cache was not rebuilt", name)
		}
	}
	// A folder that cannot be made is no error.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(file, "below")
	run()
}

func TestSelectDevice(t *testing.T) {
	d := openTest(t, Options{})
	found, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		t.Logf("%d %v, Vulkan %s, %v, missing %v, usable %v: %s", i, &f.Info, f.API, f.Info.Kind, f.Missing, f.Usable, f.Reason)
		if f.Index != i || f.Reason == "" || f.Info.Name == "" || f.Info.Driver == "" || f.Chosen && f.Info.Kind == gpu.KindSoftware {
			t.Errorf("device %d: %+v", i, f)
		}
	}
	if d.Reason() == "" {
		t.Error("no reason for the chosen device")
	}
	name := d.Info().Name
	if again := openTest(t, Options{Select: strings.ToUpper(name[:len(name)/2])}); again.Info().Name != name {
		t.Errorf("selected %q by half its name, want %q", again.Info().Name, name)
	}
	for _, sel := range []string{"99", "-1", "no such device"} {
		if _, err := Open(Options{Select: sel, CacheDir: "none"}); !errors.Is(err, gpu.ErrNoDevice) {
			t.Errorf("select %q: %v", sel, err)
		}
	}
	if _, err := Open(Options{Select: "0", Disable: []string{"flaot16"}}); err == nil || !strings.Contains(err.Error(), "flaot16") {
		t.Errorf("misspelt feature: %v", err)
	}
	if _, err := Open(Options{Select: name, DeviceExtensions: []string{"VK_NO_such"}}); !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("missing extension: %v", err)
	}
}

// rehash makes a changed cache file consistent again, so that only the header tells that it is foreign.
func rehash(b []byte) []byte {
	const head = len(cacheMagic) + 32
	sum := sha256.Sum256(b[head:])
	copy(b[len(cacheMagic):], sum[:])
	return b
}

func TestNoLoader(t *testing.T) {
	_, err := openLibrary([]string{"libradia-no-such-library.so.7"})
	if !errors.Is(err, gpu.ErrNoLoader) || !strings.Contains(err.Error(), "libradia-no-such-library") || strings.Contains(err.Error(), "\n") {
		t.Errorf("no library: %v", err)
	}
	if _, err = openLibrary([]string{"libc.so.6"}); runtime.GOOS == "linux" && !errors.Is(err, gpu.ErrNoLoader) {
		t.Errorf("another library: %v", err)
	}
}

// TestNoDriver runs this test program again, where the loader sees no driver.
func TestNoDriver(t *testing.T) {
	const mark = "RADIA_TEST_NO_DRIVER"
	if os.Getenv(mark) != "" {
		_, err := Open(Options{CacheDir: "none"})
		fmt.Printf("\nopen: %v\n", err)
		if errors.Is(err, gpu.ErrNoDevice) && !strings.Contains(err.Error(), "\n") {
			fmt.Println("as it should")
		}
		return
	}
	openTest(t, Options{}) // there is a loader
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoDriver$")
	none := filepath.Join(t.TempDir(), "none.json")
	cmd.Env = append(os.Environ(), mark+"=1", "VK_ICD_FILENAMES="+none, "VK_DRIVER_FILES="+none)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "as it should") {
		t.Errorf("without a driver: %v\n%s", err, out)
	}
}

// TestLost plants the loss of the device, which cannot be brought about on purpose.
func TestLost(t *testing.T) {
	d := openTest(t, Options{})
	b := newBuffer(t, d, "x", 256)
	submit(t, d, chain(b, 1))
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	var work *instanceOf
	for _, e := range d.entries {
		work = e.copies[0]
	}
	d.fail("step 12", work, resultError(-4)) // VK_ERROR_DEVICE_LOST
	for what, err := range map[string]error{"submit": d.Submit(chain(b, 1)), "wait": d.Wait()} {
		if !errors.Is(err, gpu.ErrDeviceLost) || !strings.Contains(err.Error(), "step 12 (kernels inc)") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s after the loss: %v", what, err)
		}
	}
	if _, err := d.NewBuffer("y", 4); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Errorf("buffer after the loss: %v", err)
	}
	if err := d.Close(); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Errorf("close after the loss: %v", err)
	}
	d.shutdown = nil // the test's own clean-up closes it again
}

// TestLowered: what RADIA_LIMITS asks for is what the device says of itself, and what it holds kernels and buffers to.
func TestLowered(t *testing.T) {
	d := openTest(t, Options{Limits: "minimal,allocation:1048576"})
	lim, least := d.Info().Limits, gpu.MinimalLimits
	if least.MaxAllocation = 1 << 20; lim.MaxBinding != least.MaxBinding || lim.MaxGroups != least.MaxGroups || lim.MaxGroupSize != 128 ||
		lim.MaxGroupAxes != least.MaxGroupAxes || lim.SharedMemory != 16384 || lim.PushBytes != 128 || lim.Bindings != gpu.MinBindings ||
		lim.OffsetAlign != 256 || lim.MaxAllocation != 1<<20 || lim.TimestampBits != 0 {
		t.Errorf("limits %+v, want %+v", lim, least)
	}
	if f := d.Info().Features; f.Float16 || f.Storage16 || f.AtomicFloat || f.Subgroup || f.Shuffle || f.Coop != nil {
		t.Errorf("features %+v, want none", f)
	}
	if _, err := d.NewBuffer("large", 1<<20+1); !errors.Is(err, gpu.ErrTooLarge) {
		t.Errorf("allocation beyond the limit: %v", err)
	}
	x := newBuffer(t, d, "x", 1<<20)
	for _, b := range d.storage.blocks { // blocks that serve several buffers obey it too
		if b.size > 1<<20 {
			t.Errorf("a block of %d bytes", b.size)
		}
	}
	run := func(size uint32) error {
		r := gpu.NewRecording("workgroup")
		r.Dispatch(axpy, [3]uint32{1, 1, 1}, axpyPush(1, 1, 1), []uint32{size}, gpu.Part(x, 0, 256), gpu.Part(x, 256, 256))
		return d.Submit(r)
	}
	if err := run(128); err != nil {
		t.Error(err)
	}
	if err := run(129); !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("129 invocations: %v", err)
	}
	if _, err := Open(Options{Select: d.Info().Name, Limits: "bindings:11", CacheDir: "none"}); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "12 storage buffers") {
		t.Errorf("a device that binds 11 buffers: %v", err)
	}
}
