package vulkan

import (
	"errors"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
)

func device(name string, kind gpu.DeviceKind, usable bool) Found {
	f := Found{Info: gpu.Info{Name: name, Kind: kind}, Usable: usable}
	if !usable {
		f.Reason = "has no compute queue"
	}
	return f
}

func TestChoose(t *testing.T) {
	all := []Found{
		device("llvmpipe", gpu.KindSoftware, true), device("Old GPU", gpu.KindDiscrete, false), device("Iris", gpu.KindIntegrated, true),
		device("Big GPU", gpu.KindDiscrete, true), device("Guest GPU", gpu.KindVirtual, true)}
	for _, c := range []struct {
		sel   string
		among []Found
		want  string // "" is an error
		err   error
	}{
		{"", all, "Big GPU", nil},
		{"", all[:3], "Iris", nil},
		{"", []Found{all[0], all[4]}, "Guest GPU", nil},
		{"", all[:2], "", gpu.ErrNoDevice},
		{"", nil, "", gpu.ErrNoDevice},
		{"software", all, "llvmpipe", nil},
		{"software", all[1:], "", gpu.ErrNoDevice},
		{"LLVM", all, "llvmpipe", nil},
		{"gpu", all, "Big GPU", nil},
		{"old", all, "", gpu.ErrUnsupported},
		{"2", all, "Iris", nil},
		{"1", all, "", gpu.ErrUnsupported},
		{"5", all, "", gpu.ErrNoDevice},
	} {
		found := append([]Found(nil), c.among...)
		i, err := choose(found, c.sel)
		if !errors.Is(err, c.err) {
			t.Errorf("%q among %d: error %v, want %v", c.sel, len(found), err, c.err)
			continue
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: error of several lines: %v", c.sel, err)
			}
			continue
		}
		if found[i].Info.Name != c.want || !found[i].Chosen {
			t.Errorf("%q: chose %q, want %q", c.sel, found[i].Info.Name, c.want)
		}
		for j, f := range found {
			if f.Reason == "" || f.Chosen != (i == j) {
				t.Errorf("%q: device %q: chosen %v, reason %q", c.sel, f.Info.Name, f.Chosen, f.Reason)
			}
		}
	}
}

// TestSpans holds the free list against a map of bytes.
func TestSpans(t *testing.T) {
	const size, seed = 4096, 11
	state := uint32(seed)
	rnd := func(n int) int64 {
		state = state*1664525 + 1013904223
		return int64(int(state>>8) % n)
	}
	s := spans{{0, size}}
	var owner [size]int
	type piece struct{ off, size int64 }
	live := map[int]piece{}
	for id := 1; id < 20000; id++ {
		if len(live) > 0 && rnd(2) == 0 {
			for k, p := range live { // any of them
				s.give(p.off, p.size)
				for i := p.off; i < p.off+p.size; i++ {
					owner[i] = 0
				}
				delete(live, k)
				break
			}
		} else {
			n, align := 1+rnd(300), int64(1)<<rnd(8)
			if off, ok := s.take(n, align); ok {
				if off%align != 0 {
					t.Fatalf("seed %d: %d is not a multiple of %d", seed, off, align)
				}
				for i := off; i < off+n; i++ {
					if owner[i] != 0 {
						t.Fatalf("seed %d: byte %d belongs to %d and %d", seed, i, owner[i], id)
					}
					owner[i] = id
				}
				live[id] = piece{off, n}
			}
		}
		free := int64(0)
		for i, f := range s {
			free += f.size
			if f.size <= 0 || i > 0 && s[i-1].off+s[i-1].size >= f.off {
				t.Fatalf("seed %d: free list %v", seed, s)
			}
		}
		used := int64(0)
		for _, p := range live {
			used += p.size
		}
		if free+used != size {
			t.Fatalf("seed %d: %d bytes free and %d used of %d", seed, free, used, size)
		}
	}
	for _, p := range live {
		s.give(p.off, p.size)
	}
	if len(s) != 1 || s[0] != (span{0, size}) {
		t.Errorf("everything freed: %v", s)
	}
	defer func() {
		if recover() == nil {
			t.Error("freeing twice was accepted")
		}
	}()
	s.give(5, 3)
}
