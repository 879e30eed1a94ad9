package field

import (
	"fmt"

	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
)

// Levels is a range of levels of a grid encoding, from First up to but without End; the zero value is all of them.
type Levels struct{ First, End int }

// All reports whether the range leaves nothing out of n levels.
func (l Levels) All(n int) bool { return l == Levels{} || l.First <= 0 && l.End >= n }

// Check reports a range that is empty or reaches beyond n levels.
func (l Levels) Check(n int) error {
	if l != (Levels{}) && !(l.First >= 0 && l.First < l.End && l.End <= n) {
		return fmt.Errorf("levels from %d to %d: the encoding has %d, counted from 0", l.First, l.End-1, n)
	}
	return nil
}

// maskLevels appends the copy of the parameters of src to dst with the features of all levels outside the range set to
// zero, which is how the networks see a level that says nothing. Of several grids, each has its levels.
func maskLevels(r *gpu.Recording, dst, src gpu.Buffer, layout *config.Layout, keep Levels) {
	r.Copy(dst, 0, src, 0, 4*layout.Total)
	for _, g := range layout.Position.Grids {
		for i, l := range g.Levels {
			if i >= keep.First && i < keep.End {
				continue
			}
			row := 4 * g.FeaturesPerLevel
			r.Fill(dst, 4*g.Offset+row*int(l.Offset), row*int(l.Size), 0)
		}
	}
}

// levelCount is the most levels that a grid of the position encoding has; 0 without a grid.
func levelCount(l *config.Layout) (n int) {
	for _, g := range l.Position.Grids {
		n = max(n, len(g.Levels))
	}
	return n
}

// LevelCount is the number of levels of the position encoding.
func (n *NeRF) LevelCount() int { return levelCount(n.Layout) }

// MaskLevels appends the copy of what rendering reads to dst, a buffer of Layout.Total words, without the other levels.
// A field whose kernels read an fp16 table cannot: its table is elsewhere.
func (n *NeRF) MaskLevels(r *gpu.Recording, dst gpu.Buffer, keep Levels) error {
	if n.halves != nil {
		return fmt.Errorf("%s: levels can be shown of a table in full precision only", n.Config.Name)
	}
	maskLevels(r, dst, n.average, n.Layout, keep)
	return nil
}

// LevelCount is the number of levels of the encoding.
func (f *Function) LevelCount() int { return levelCount(f.Layout) }

// MaskLevels appends the copy of what evaluation reads to dst, a buffer of Layout.Total words, without the other levels.
func (f *Function) MaskLevels(r *gpu.Recording, dst gpu.Buffer, keep Levels) error {
	maskLevels(r, dst, f.average, f.Layout, keep)
	return nil
}
