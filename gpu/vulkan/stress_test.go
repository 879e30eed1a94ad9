//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/testenv"
)

// resident returns the bytes of memory that the process occupies.
func resident(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		testenv.Skip(t, "procfs", "%v", err)
	}
	var total, pages int64
	if _, err := fmt.Sscan(string(data), &total, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// TestCollector submits under a garbage collector that never rests, with the validation layer: structures that Go
// freed too early would be seen by the layer, structures that nobody frees by the memory that the process occupies.
func TestCollector(t *testing.T) {
	d := openTest(t, Options{Validate: true})
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	defer func() { close(stop); wg.Wait() }()

	x, y := newBuffer(t, d, "x", 4*256), newBuffer(t, d, "y", 4*256)
	kept := gpu.NewRecording("kept")
	kept.Upload(x, 0, gpu.Bytes(ramp(256)))
	kept.Dispatch(axpy, [3]uint32{4, 1, 1}, axpyPush(256, 2, 1), axpy.Layout.SpecValues(nil), gpu.All(x), gpu.All(y))
	out := make([]float32, 256)
	const submissions = 2400
	const rounds = submissions / 4
	var marks []int64 // memory after each quarter; in the first one the layer and the pools grow to their size
	for i := range rounds {
		if i > 0 && i%(rounds/4) == 0 {
			marks = append(marks, resident(t))
		}
		submit(t, d, kept)
		submit(t, d, kept)
		// One recording that is garbage at once, with a buffer of its own.
		b := newBuffer(t, d, "short", 1024)
		r := gpu.NewRecording("short")
		r.Fill(b, 0, 0, math.Float32bits(float32(i)))
		r.Dispatch(axpy, [3]uint32{4, 1, 1}, axpyPush(256, 1, 1), []uint32{64}, gpu.All(b), gpu.All(y))
		submit(t, d, r)
		r = gpu.NewRecording("read")
		r.Download(y, 0, gpu.Bytes(out))
		submit(t, d, r)
		b.Release()
		for k, v := range out {
			if v != float32(i+1) {
				t.Fatalf("round %d: y[%d] = %v, want %d", i, k, v, i+1)
			}
		}
	}
	marks = append(marks, resident(t))
	// A leaked command buffer or descriptor pool takes 4 KiB and more, once per new recording, of which a round has two: it
	// shows in every quarter. Heaps and the layer's tables grow in steps, which leave some quarter alone.
	const allowed = rounds / 4 * 2 * 4096
	grown := int64(math.MaxInt64)
	for i := 1; i < len(marks); i++ {
		grown = min(grown, marks[i]-marks[i-1])
	}
	t.Logf("resident memory grew by %d KiB in the best quarter of %d submissions", grown>>10, submissions)
	// The race detector's records grow with everything that happens, 2 KiB a submission; the test without it judges memory.
	if grown > allowed && !raceDetector {
		t.Errorf("resident memory grew by at least %d bytes in every quarter, allowed %d", grown, allowed)
	}
	before := resident(t)
	leak := make([]byte, 4*allowed) // the measure sees a leak when there is one
	for i := 0; i < len(leak); i += 512 {
		leak[i] = 1
	}
	if seen := resident(t) - before; seen <= allowed {
		t.Errorf("a planted leak of %d bytes was not seen: %d", len(leak), seen)
	}
	runtime.KeepAlive(leak)
	if err := d.Wait(); err != nil {
		t.Error(err)
	}
}

// TestPlantedValidationErrors makes mistakes that the layer must report through the device's errors, so that the
// silence of the other tests means something.
func TestPlantedValidationErrors(t *testing.T) {
	d := openTest(t, Options{Validate: true})
	b := newBuffer(t, d, "x", 256)
	if h, _, err := d.h.newBuffer(256, 0, "no usage"); err == nil {
		defer d.h.destroyBuffer(h)
	}
	err := d.Submit(chain(b, 1))
	if !errors.Is(err, gpu.ErrValidation) || !strings.Contains(err.Error(), "VUID-VkBufferCreateInfo-usage") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a buffer without usage: %v", err)
	}
	submit(t, d, chain(b, 1)) // the message was taken; what it stopped did not run

	wrong := *axpy
	wrong.Name = "wrong layout"
	l := *axpy.Layout
	l.Bindings = l.Bindings[:1]
	wrong.Layout = &l
	r := gpu.NewRecording("wrong")
	r.Dispatch(&wrong, [3]uint32{1, 1, 1}, axpyPush(1, 1, 1), []uint32{64}, gpu.All(b))
	if err := d.Submit(r); !errors.Is(err, gpu.ErrValidation) || !strings.Contains(err.Error(), "wrong layout") {
		t.Errorf("a layout without binding 1: %v", err)
	}
	if got := download[uint32](t, d, b)[0]; got != 1 {
		t.Errorf("x[0] = %d, want 1", got)
	}

	// A leaked handle is reported when the device closes.
	opt := Options{Validate: true, CacheDir: "none", Select: "software"}
	leaky, err := Open(opt)
	if err != nil {
		testenv.Skip(t, "software device", "%v", err)
	}
	if _, _, err := leaky.h.newBuffer(256, usageStorage, "leak"); err != nil {
		t.Fatal(err)
	}
	if err := leaky.Close(); !errors.Is(err, gpu.ErrValidation) || !strings.Contains(err.Error(), "leak") {
		t.Errorf("a leaked buffer: %v", err)
	}
}

// TestPlantedHazard declares that a kernel only reads what it writes, so that no barrier is put between the dispatch
// and a copy of what it wrote; the layer's check of synchronisation must see the hazard.
func TestPlantedHazard(t *testing.T) {
	d := openTest(t, Options{Validate: true, ValidateSync: true})
	b, c := newBuffer(t, d, "x", 256), newBuffer(t, d, "copy", 256)
	record := func(k *gpu.Kernel) *gpu.Recording {
		r := gpu.NewRecording("hazard")
		r.Dispatch(k, [3]uint32{1, 1, 1}, nil, []uint32{1}, gpu.All(b))
		r.Copy(c, 0, b, 0, 256)
		return r
	}
	submit(t, d, record(inc))
	liar := *inc
	l := *inc.Layout
	l.Bindings = []gpu.Binding{{Name: "x", Access: gpu.Read, Stride: 4}}
	liar.Layout = &l
	if err := d.Submit(record(&liar)); !errors.Is(err, gpu.ErrValidation) || !strings.Contains(err.Error(), "SYNC-HAZARD") {
		t.Errorf("a copy of what was written without a barrier: %v", err)
	}
}

// TestSplitAfter: a recording that keeps the device busy for too long is handed over in pieces the next time, with the same
// result; a short one stays whole.
func TestSplitAfter(t *testing.T) {
	const n = 40
	for _, c := range []struct {
		after time.Duration
		whole bool
	}{{time.Nanosecond, false}, {time.Hour, true}, {0, true}} { // 0: never on a software driver
		d := openTest(t, Options{SplitAfter: c.after})
		b := newBuffer(t, d, "x", 4*256)
		r := chain(b, n)
		for i := range 3 {
			submit(t, d, r)
			if got := download[uint32](t, d, b)[7]; got != uint32(n*(i+1)) { // the download waits
				t.Fatalf("after %v: x[7] = %d in round %d", c.after, got, i)
			}
		}
		pieces := 0
		for _, e := range d.entries {
			if e.name == "chain" {
				pieces = len(e.copies[0].cmds)
			}
		}
		if c.whole && pieces != 1 || !c.whole && pieces < 2 {
			t.Errorf("after %v: %d pieces", c.after, pieces)
		}
		if got := d.Stats()["inc"].Dispatches; got != 3*n {
			t.Errorf("after %v: %d dispatches, want %d", c.after, got, 3*n)
		}
	}
}
