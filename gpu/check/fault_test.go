package check_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
)

func inject(t *testing.T, f check.Faults) *check.Faulty {
	d := check.Inject(host.Open(host.Options{Threads: 1}), f)
	t.Cleanup(func() { d.Close() })
	return d
}

func TestInjectedFaults(t *testing.T) {
	good := double("good", 0, nil)
	// Without faults it counts, and computes what the device computes.
	d := inject(t, check.Faults{})
	if b, c, err := chain(t, d, good, good); err != nil || b[7] != 2 || c[7] != 4 {
		t.Fatalf("no fault: %v %v %v", b, c, err)
	}
	if d.Submissions != 1 || d.HostWaits != 1 || d.Buffers != 4 {
		t.Errorf("counted %d submissions, %d waits, %d buffers; want 1, 1, 4", d.Submissions, d.HostWaits, d.Buffers)
	}
	// A lost device stays lost.
	d = inject(t, check.Faults{Lost: 2})
	for i, want := range []error{nil, gpu.ErrDeviceLost} {
		if _, _, err := chain(t, d, good, good); !errors.Is(err, want) {
			t.Errorf("submission %d: %v, want %v", i+1, err, want)
		}
	}
	if _, err := d.NewBuffer("x", 4); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Errorf("buffer after the loss: %v", err)
	}
	if err := errors.Join(d.Submit(gpu.NewRecording("x"))); !errors.Is(err, gpu.ErrDeviceLost) || !errors.Is(d.Wait(), gpu.ErrDeviceLost) {
		t.Errorf("after the loss: %v", err)
	}
	// Want of memory does not.
	d = inject(t, check.Faults{Memory: 1, Buffer: "full"})
	for i, want := range []error{gpu.ErrOutOfMemory, nil} {
		if _, _, err := chain(t, d, good, good); !errors.Is(err, want) {
			t.Errorf("submission %d: %v, want %v", i+1, err, want)
		}
	}
	if _, err := d.NewBuffer("full", 4); !errors.Is(err, gpu.ErrOutOfMemory) || !strings.Contains(err.Error(), "full") {
		t.Errorf("buffer full: %v", err)
	}
	// Eight floats are 32 bytes.
	if _, _, err := chain(t, inject(t, check.Faults{Binding: 32}), good, good); err != nil {
		t.Errorf("within the limit: %v", err)
	}
	if _, _, err := chain(t, inject(t, check.Faults{Binding: 31}), good, good); !errors.Is(err, gpu.ErrTooLarge) || !strings.Contains(err.Error(), "good") {
		t.Errorf("beyond the limit: %v", err)
	}
}

func TestParseFaults(t *testing.T) {
	got, err := check.ParseFaults("lost:3, memory:4,buffer:dL/draw,binding:1024")
	if want := (check.Faults{Lost: 3, Memory: 4, Buffer: "dL/draw", Binding: 1024}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, s := range []string{"lost", "lost:0", "lost:-1", "lost:x", "buffer:", "found:3", "lost:1,,"} {
		if _, err := check.ParseFaults(s); err == nil || !strings.Contains(err.Error(), "RADIA_FAULT="+s) {
			t.Errorf("%q: %v", s, err)
		}
		t.Setenv("RADIA_FAULT", s)
		if _, err := check.Wrap(host.Open(host.Options{Threads: 1}), nil); err == nil {
			t.Errorf("RADIA_FAULT=%s was taken", s)
		}
	}
}
