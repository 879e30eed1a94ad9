package render

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
)

// leveled is a field with an encoding of several levels.
type leveled interface {
	LevelCount() int
	Average() gpu.Buffer
	MaskLevels(r *gpu.Recording, dst gpu.Buffer, keep field.Levels) error
}

// chosen are the parameters that a picture is evaluated with: the field's own, or a copy with some levels of the encoding only.
type chosen struct{ params, masked gpu.Buffer }

// choose sets them; the copy's memory, of `total` words, is the renderer's.
func (c *chosen) choose(r *tiles, f leveled, total int, keep field.Levels) error {
	if err := keep.Check(f.LevelCount()); err != nil {
		return err
	}
	if keep.All(f.LevelCount()) {
		c.params = f.Average()
		return nil
	}
	if c.masked == nil {
		b, err := r.device.NewBuffer("params of some levels", 4*total)
		if err != nil {
			return err
		}
		c.masked, r.buffers = b, append(r.buffers, b)
	}
	rec := gpu.NewRecording("some levels")
	if err := f.MaskLevels(rec, c.masked, keep); err != nil {
		return err
	}
	c.params = c.masked
	return r.device.Submit(rec)
}
