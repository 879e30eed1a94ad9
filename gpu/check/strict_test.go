package check_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
)

// lowered is a device that claims smaller limits and holds nobody to them.
type lowered struct {
	gpu.Device
	info gpu.Info
}

func (l *lowered) Info() *gpu.Info { return &l.info }

func strict(t *testing.T, lower gpu.Limits) *check.Strict {
	d := &lowered{Device: host.Open(host.Options{Threads: 1})}
	d.info = *d.Device.Info()
	d.info.Limits.Lower(lower)
	s := check.Watch(d)
	t.Cleanup(func() { s.Close() })
	return s
}

// TestStrict: chain binds 32 bytes, dispatches 8 groups, directly and as the device computes them.
func TestStrict(t *testing.T) {
	good := double("good", 0, nil)
	d := strict(t, gpu.MinimalLimits)
	for range 2 {
		if b, c, err := chain(t, d, good, good); err != nil || b[7] != 2 || c[7] != 4 {
			t.Fatalf("within the limits: %v %v %v", b, c, err)
		}
	}
	if d.Indirect() != 2 {
		t.Errorf("%d indirect dispatches were looked at, want 2", d.Indirect())
	}
	for want, lower := range map[string]gpu.Limits{
		"binding in of 32 bytes": {MaxBinding: 31},
		"groups [8 1 1]":         {MaxGroups: [3]uint32{7, 7, 7}},
		"2 bindings, at most":    {Bindings: 1},
	} {
		if _, _, err := chain(t, strict(t, lower), good, good); !errors.Is(err, gpu.ErrTooLarge) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := strict(t, gpu.Limits{MaxAllocation: 64}).NewBuffer("large", 65); err == nil || !strings.Contains(err.Error(), "large") {
		t.Errorf("a buffer beyond the limit: %v", err)
	}

	// Group counts that the device computes: the second of two submissions has one too many.
	d = strict(t, gpu.MinimalLimits)
	var buffers [3]gpu.Buffer
	for i := range buffers {
		b, err := d.NewBuffer("buffer", 12)
		if err != nil {
			t.Fatal(err)
		}
		buffers[i] = b
	}
	groups := []uint32{1, 65535, 1}
	r := gpu.NewRecording("counted")
	r.Upload(buffers[0], 0, gpu.Bytes(groups))
	r.DispatchIndirect(good, gpu.All(buffers[0]), nil, nil, gpu.All(buffers[1]), gpu.All(buffers[2]))
	if err := d.Submit(r); err != nil {
		t.Error(err)
	}
	groups[1]++
	if err := d.Submit(r); err == nil || !strings.Contains(err.Error(), "[1 65536 1] for good, at most") {
		t.Errorf("one group too many: %v", err)
	}
}

func TestParseLimits(t *testing.T) {
	for s, want := range map[string]gpu.Limits{
		"minimal":                          gpu.MinimalLimits,
		"shared:32768, binding:64":         {SharedMemory: 32768, MaxBinding: 64},
		"group:64,allocation:1,bindings:9": {MaxGroupSize: 64, MaxAllocation: 1, Bindings: 9},
	} {
		if got, minimal, err := gpu.ParseLimits(s); err != nil || got != want || minimal != (s == "minimal") {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	if l, minimal, err := gpu.ParseLimits("minimal,bindings:4"); err != nil || !minimal || l.Bindings != 4 || l.SharedMemory != 16384 {
		t.Errorf("minimal with fewer bindings: %+v, %v", l, err)
	}
	for _, s := range []string{"", "tiny", "shared", "shared:0", "shared:-1", "shared:x", "minimal,", "group:9999999999"} {
		if _, _, err := gpu.ParseLimits(s); err == nil || !strings.Contains(err.Error(), "RADIA_LIMITS="+s) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
