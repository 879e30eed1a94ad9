// Shrink makes a model small enough to be part of a program: without what continues the training, with parameters of five
// bits of mantissa, which rendering does not show, and an occupancy grid that only says where something is.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"

	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/snapshot"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: shrink MODEL OUT.ingp")
		os.Exit(2)
	}
	if err := shrink(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "shrink: %v\n", err)
		os.Exit(1)
	}
}

const (
	mantissa = 5    // bits of ten
	occupied = 0.02 // of a cell, twice the largest threshold of rendering
)

func shrink(from, to string) error {
	s, err := snapshot.Load(from)
	if err != nil {
		return err
	}
	s.Radia, s.Optimizer = nil, nil
	if s.Params.Half == nil {
		s.Params = snapshot.Params{Half: f16.FromSlice(s.Params.Float)}
	}
	const unit = 1 << (10 - mantissa)
	for i, h := range s.Params.Half {
		if magnitude := h&0x7fff + unit/2; magnitude < 0x7c00 { // else it would round to infinity
			s.Params.Half[i] = h&0x8000 | magnitude&^(unit-1)
		}
	}
	for i, h := range s.DensityGrid {
		v := f16.To32(h)
		if v >= 0 {
			v = map[bool]float32{false: 0, true: occupied}[v > occupied/2]
		}
		s.DensityGrid[i] = f16.From32(v)
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := snapshot.Encode(z, s); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := atomicfile.Write(to, b.Bytes()); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", to, b.Len())
	return nil
}
