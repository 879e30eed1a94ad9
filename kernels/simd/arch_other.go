//go:build !amd64 && !arm64

package simd

// available lists the instruction sets that have generated kernels here: none.
func available() []*vec { return nil }
