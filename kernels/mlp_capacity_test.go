package kernels

import "testing"

// TestSpreadCapacity: enough for n samples, an odd number of lines of 16 values, and no smaller one would do.
func TestSpreadCapacity(t *testing.T) {
	for n, want := range map[int]int{0: 16, 1: 16, 16: 16, 17: 48, 48: 48, 49: 80, 1 << 14: 1<<14 + 16, 1<<14 + 16: 1<<14 + 16, 1<<14 + 17: 1<<14 + 48} {
		if got := SpreadCapacity(n); got != want {
			t.Errorf("%d samples: %d, want %d", n, got, want)
		}
	}
}
