package app

import (
	"errors"
	"fmt"
	"testing"

	"github.com/radia-go/radia/gpu"
)

// closed is a device that says something when it is closed.
type closed struct {
	gpu.Device
	says error
}

func (c closed) Close() error { return c.says }

func TestClosing(t *testing.T) {
	late, early := errors.New("late"), errors.New("early")
	for _, c := range []struct{ before, says, want error }{{nil, nil, nil}, {nil, late, late}, {early, late, early}, {early, nil, early}} {
		err := c.before
		if Closing(closed{says: c.says}, &err); err != c.want {
			t.Errorf("%v and %v: %v, want %v", c.before, c.says, err, c.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	lost := errors.New("recording step: device lost on a GPU")
	for want, err := range map[string]error{
		"m.ingp: recording step: device lost on a GPU":  errors.Join(fmt.Errorf("m.ingp: %w", lost), lost),
		"recording step: device lost on a GPU; no room": errors.Join(lost, errors.New("no room"), nil, lost),
		"step: differs\n  dispatch of a kernel":         errors.New("step: differs\n  dispatch of a kernel"),
	} {
		if got := OneLine(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
