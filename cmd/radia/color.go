package main

import (
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/radia-go/radia/gpu"
)

// parseColor reads black, white or #rrggbb as sRGB-encoded values from 0 to 1.
func parseColor(s string) ([3]float32, error) {
	switch strings.ToLower(s) {
	case "black":
		return [3]float32{}, nil
	case "white":
		return [3]float32{1, 1, 1}, nil
	}
	b, err := hex.DecodeString(strings.TrimPrefix(s, "#"))
	if err != nil || len(b) != 3 {
		return [3]float32{}, fmt.Errorf("%q is no colour: want black, white or #rrggbb", s)
	}
	return [3]float32{float32(b[0]) / 255, float32(b[1]) / 255, float32(b[2]) / 255}, nil
}

// shares lists the time of each kernel, longest first.
func shares(stats gpu.Stats) string {
	var names []string
	var total time.Duration
	for name, s := range stats {
		names = append(names, name)
		total += s.Time
	}
	sort.Slice(names, func(i, j int) bool { return stats[names[i]].Time > stats[names[j]].Time })
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %9s %12s %7s  %s", "kernel", "calls", "time", "share", "form")
	for _, name := range names {
		s := stats[name]
		fmt.Fprintf(&b, "\n%-28s %9d %12v %6.1f%%  %s", name, s.Dispatches, s.Time.Round(time.Microsecond), 100*s.Time.Seconds()/max(total.Seconds(), 1e-9), s.Variant)
	}
	return b.String()
}
