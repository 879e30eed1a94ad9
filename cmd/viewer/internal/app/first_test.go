package app

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/cmd/viewer/internal/settings"
	"github.com/radia-go/radia/cmd/viewer/internal/window"
)

// slow is a scene whose first picture comes when it may.
type slow struct {
	*engine.Analytic
	may chan struct{}
}

func (e *slow) Render(ctx context.Context, v engine.View, f *engine.Frame) error {
	<-e.may
	return e.Analytic.Render(ctx, v, f)
}

// TestFirstPictureComesFirst: until there is a picture the window says what it waits for, and nothing else takes processors; what makes the
// scene one that can be trained begins after it. A window that is closed before does not begin it at all.
func TestFirstPictureComesFirst(t *testing.T) {
	for _, early := range []bool{false, true} {
		e := &slow{engine.NewAnalytic(1, 3, 24), make(chan struct{})}
		var improved atomic.Bool
		began := make(chan struct{})
		w := window.NewMemory(window.Options{Width: 160, Height: 120})
		a := New(Options{Window: w, Engine: e, Settings: settings.Default(), OutDir: t.TempDir(), Waiting: func() string { return "compiling kernel 3: sky" },
			Improve: func(context.Context) (engine.Engine, error) {
				improved.Store(true)
				close(began)
				return nil, context.Canceled
			}})
		stop, clean := a.improve()
		for range 20 { // of as many rounds as there were before a picture came
			turn(t, a)
			time.Sleep(time.Millisecond)
		}
		if improved.Load() || a.last != nil || !strings.HasPrefix(a.waiting, "compiling") {
			t.Errorf("before the first picture: improved %v, a picture %v, %q", improved.Load(), a.last != nil, a.waiting)
		}
		if early {
			stop()
			close(e.may)
		} else {
			close(e.may)
			for end := time.Now().Add(5 * time.Minute); a.last == nil && time.Now().Before(end); time.Sleep(time.Millisecond) {
				turn(t, a)
			}
			select {
			case <-began:
			case <-time.After(5 * time.Minute):
				t.Error("after the first picture nothing is improved")
			}
			stop()
		}
		if improved.Load() == early {
			t.Errorf("closed early %v: improved %v", early, improved.Load())
		}
		if err := a.worker.Close(); err != nil {
			t.Error(err)
		}
		if err := clean(); err != nil {
			t.Error(err)
		}
	}
}
