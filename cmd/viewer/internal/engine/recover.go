package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/radia-go/radia/gpu"
)

// Recoverer is an engine that survives the loss of its device: drivers reset a GPU that hung, and it goes away with a
// laptop's dock.
type Recoverer interface {
	// Recover closes the lost device, opens one again and goes on from what was kept of the training. It returns the step
	// with which the training goes on.
	Recover() (step int, err error)
	// Lose makes the device behave as a lost one does, to try Recover.
	Lose()
}

// fault is what a device that was lost on purpose says.
func (m *meter) fault() error {
	if m.lost.Load() {
		return gpu.ErrDeviceLost
	}
	return nil
}

// Submit implements gpu.Device.
func (m *meter) Submit(r *gpu.Recording) error {
	if err := m.fault(); err != nil {
		return err
	}
	return m.Device.Submit(r)
}

// Wait implements gpu.Device.
func (m *meter) Wait() error {
	if err := m.fault(); err != nil {
		return err
	}
	return m.Device.Wait()
}

// keeper says when a training is to be copied to the host's memory: every quarter of a minute, and seldom enough to take
// at most a fiftieth of the time.
type keeper struct{ next time.Time }

const (
	keepEvery = 15 * time.Second
	keepShare = 50
)

// due calls copy when it is time.
func (k *keeper) due(copy func() error) error {
	start := time.Now()
	if k.next.IsZero() {
		k.next = start.Add(keepEvery)
	}
	if start.Before(k.next) {
		return nil
	}
	err := copy()
	end := time.Now()
	k.next = end.Add(max(keepEvery, keepShare*end.Sub(start)))
	return err
}

// reopen closes a device, of which nothing good is expected any more, and opens another.
func reopen(m *meter, open func() (gpu.Device, error)) error {
	m.Device.Close()
	m.Device, m.bytes = gone{}, 0
	d, err := open()
	if err != nil {
		return err
	}
	m.Device = d
	m.lost.Store(false)
	return nil
}

// gone stands where no device could be opened, so that closing does nothing.
type gone struct{ gpu.Device }

// Submit implements gpu.Device.
func (gone) Submit(*gpu.Recording) error { return gpu.ErrDeviceLost }

// Wait implements gpu.Device.
func (gone) Wait() error { return gpu.ErrDeviceLost }

// Stats implements gpu.Device.
func (gone) Stats() gpu.Stats { return nil }

// Close implements gpu.Device.
func (gone) Close() error { return nil }

// Lose implements Recoverer.
func (n *NeRF) Lose() { n.device.lost.Store(true) }

// Recover implements Recoverer.
func (n *NeRF) Recover() (int, error) {
	n.renderer, n.trainer, n.field, n.bits = nil, nil, nil, nil // their memory went with the device
	if err := reopen(n.device, n.opt.Device); err != nil {
		return 0, err
	}
	if n.kept != nil {
		n.opt.Snapshot = n.kept
	}
	if err := n.build(); err != nil {
		n.release()
		return 0, err
	}
	if n.kept == nil {
		n.elapsed = 0
		return 0, nil
	}
	return int(n.kept.TrainingStep), nil
}

// keep copies the training to the host.
func (n *NeRF) keep() error {
	s, err := n.trainer.Snapshot(true)
	if err == nil {
		n.kept = s
	}
	return err
}

// Lose implements Recoverer.
func (f *Fitted) Lose() { f.device.lost.Store(true) }

// Recover implements Recoverer.
func (f *Fitted) Recover() (int, error) {
	f.subject = nil
	if err := reopen(f.device, f.opt.Device); err != nil {
		return 0, err
	}
	if err := f.build(); err != nil {
		return 0, err
	}
	if f.kept == nil {
		f.elapsed = 0
		return 0, nil
	}
	return int(f.kept.TrainingStep), nil
}

// keep copies the training to the host.
func (f *Fitted) keep() error {
	s, err := f.subject.snapshot()
	if err == nil {
		f.kept = s
	}
	return err
}

// mostLosses is how often a device may be lost within lossPeriod before the worker gives up.
const (
	mostLosses = 3
	lossPeriod = time.Minute
)

// recover brings the engine back after err, where that says that the device was lost; any other err is returned.
func (w *Worker) recover(err error) error {
	r, ok := w.engine.(Recoverer)
	if !ok || !errors.Is(err, gpu.ErrDeviceLost) {
		return err
	}
	now := time.Now()
	recent := w.losses[:0]
	for _, t := range w.losses {
		if now.Sub(t) < lossPeriod {
			recent = append(recent, t)
		}
	}
	w.losses = append(recent, now)
	if len(w.losses) > mostLosses {
		return fmt.Errorf("the device was lost %d times within a minute; nothing more is tried: %w", len(w.losses), err)
	}
	w.set(func(s *Status) { s.Busy, s.Done = "opening the device again", 0 })
	w.wake()
	step, rerr := r.Recover()
	w.changed()
	about := w.engine.About()
	w.set(func(s *Status) {
		s.Busy, s.About = "", about
		if rerr == nil {
			s.Recovered++
			s.RecoveredAt = step
		}
	})
	if rerr != nil {
		return fmt.Errorf("the device was lost, and opening it again failed: %w", rerr)
	}
	return nil
}

// Lose makes the engine's device a lost one, to try what happens then.
func (w *Worker) Lose() {
	w.Do("", func(_ context.Context, e Engine, _ func(float64)) error {
		r, ok := e.(Recoverer)
		if !ok {
			return fmt.Errorf("%s: it has no device to lose", e.About().Kind)
		}
		r.Lose()
		return nil
	})
}
