package main

import (
	"errors"
	"fmt"

	"github.com/radia-go/radia/gpu"
)

// failed says beside the error of a device what is left of a training: the model that was last saved, as of which step,
// or that the target is as it was. saved is that step, 0 when nothing was saved.
func (c *trainCmd) failed(err error, saved int) error {
	if !errors.Is(err, gpu.ErrDeviceLost) && !errors.Is(err, gpu.ErrOutOfMemory) {
		return err
	}
	if saved == 0 {
		return fmt.Errorf("%w; nothing was saved in this run", err)
	}
	if c.Small {
		return fmt.Errorf("%w; %s holds the model as of step %d", err, c.Out, saved)
	}
	return fmt.Errorf("%w; %s holds step %d, continue with --resume %s", err, c.Out, saved, c.Out)
}
