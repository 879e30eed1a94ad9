package app

import (
	"errors"
	"fmt"
	"testing"
)

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
