package host

import "testing"

// TestAdviseHuge: sizes around a large page are zeroed, aligned and writable to both ends.
func TestAdviseHuge(t *testing.T) {
	for _, size := range []int{1, 1<<21 - 64, 1 << 21, 5<<21 + 4} {
		b := aligned(size)
		if len(b) != size || b[0] != 0 || b[size-1] != 0 {
			t.Fatalf("%d bytes: got %d, first %d, last %d", size, len(b), b[0], b[size-1])
		}
		b[0], b[size-1] = 1, 2
	}
}
