//go:build !amd64

package simd

func fmaChains() (f func(x *float32, factor, addend float32, steps int), lanes int) { return nil, 0 }

func gatherRows(words int) func(rows *uint32, place uint32, steps, shift int, digest *[4]uint32) {
	return nil
}
