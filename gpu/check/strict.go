package check

import (
	"fmt"
	"weak"

	"github.com/radia-go/radia/gpu"
)

// Strict holds a device to its limits from outside: what a recording asks for is compared with Info before it is submitted,
// and the group counts that the device computes for indirect dispatches after it has run, which a device cannot refuse and
// a driver need not bear. Each submission of a recording with such dispatches is waited for.
type Strict struct {
	gpu.Device
	watched map[weak.Pointer[gpu.Recording]]*watched
	seen    int // indirect dispatches
}

var _ gpu.Device = (*Strict)(nil)

// watched is a recording with a copy of the group counts before each indirect dispatch.
type watched struct {
	*gpu.Recording
	counts []uint32
	log    gpu.Buffer
}

// Watch makes a Strict of a device. Closing it closes the device.
func Watch(under gpu.Device) *Strict {
	return &Strict{Device: under, watched: map[weak.Pointer[gpu.Recording]]*watched{}}
}

// Indirect is the number of indirect dispatches whose group counts were looked at.
func (d *Strict) Indirect() int { return d.seen }

// NewBuffer implements gpu.Device.
func (d *Strict) NewBuffer(name string, size int) (gpu.Buffer, error) {
	b, err := d.Device.NewBuffer(name, size)
	if most := d.Info().Limits.MaxAllocation; err == nil && int64(size) > most {
		b.Release()
		return nil, fmt.Errorf("check: buffer %s of %d bytes was made, the device allows %d", name, size, most)
	}
	return b, err
}

// Submit implements gpu.Device.
func (d *Strict) Submit(r *gpu.Recording) error {
	key := weak.Make(r)
	w := d.watched[key]
	if w == nil {
		var err error
		if w, err = d.watch(r); err != nil {
			return err
		}
		for k, old := range d.watched { // recordings that are garbage, and the buffers that they held
			if k.Value() == nil {
				old.release()
				delete(d.watched, k)
			}
		}
		d.watched[key] = w
	}
	r.Seal()
	if err := d.Device.Submit(w.Recording); err != nil || w.log == nil {
		return err
	}
	lim := d.Info().Limits
	n := 0
	for i, c := range r.Commands {
		dispatch, ok := c.(*gpu.Dispatch)
		if !ok || dispatch.Indirect.Buffer == nil {
			continue
		}
		d.seen++
		for axis, g := range w.counts[n : n+3] {
			if g > lim.MaxGroups[axis] {
				return fmt.Errorf("check: %s, command %d: the device computed groups %v for %s, at most %v", r.Name, i, w.counts[n:n+3], dispatch.Kernel.Name, lim.MaxGroups)
			}
		}
		n += 3
	}
	return nil
}

func (w *watched) release() {
	if w.log != nil {
		w.log.Release()
	}
}

// watch checks a recording and copies it with its group counts made visible.
func (d *Strict) watch(r *gpu.Recording) (*watched, error) {
	indirect := 0
	for i, c := range r.Commands {
		dispatch, ok := c.(*gpu.Dispatch)
		if !ok {
			continue
		}
		if dispatch.Indirect.Buffer != nil {
			indirect++
		}
		if err := within(dispatch, &d.Info().Limits); err != nil {
			return nil, fmt.Errorf("%s, command %d: %w", r.Name, i, err)
		}
	}
	if indirect == 0 {
		return &watched{Recording: r}, nil
	}
	log, err := d.Device.NewBuffer("group counts", 12*indirect)
	if err != nil {
		return nil, err
	}
	w := &watched{Recording: gpu.NewRecording(r.Name), counts: make([]uint32, 3*indirect), log: log}
	n := 0
	for _, c := range r.Commands {
		if dispatch, ok := c.(*gpu.Dispatch); ok && dispatch.Indirect.Buffer != nil {
			w.Copy(log, n, dispatch.Indirect.Buffer, dispatch.Indirect.Offset, 12)
			n += 12
		}
		w.Commands = append(w.Commands, c)
	}
	w.Download(log, 0, gpu.Bytes(w.counts))
	return w, nil
}

// within compares a dispatch with the limits. What is wrong here, and the device below would have run, is a fault of the
// device's own checks; it is reported as too large, as they do.
func within(c *gpu.Dispatch, lim *gpu.Limits) error {
	name := c.Kernel.Name
	l := c.Kernel.Layout
	if l.PushSize > lim.PushBytes || len(l.Bindings) > lim.Bindings {
		return fmt.Errorf("kernel %s: %w: %d bytes of push constants and %d bindings, at most %d and %d", name, gpu.ErrTooLarge, l.PushSize, len(l.Bindings), lim.PushBytes, lim.Bindings)
	}
	for axis, g := range c.Groups {
		if c.Indirect.Buffer == nil && g > lim.MaxGroups[axis] {
			return fmt.Errorf("kernel %s: %w: groups %v, at most %v", name, gpu.ErrTooLarge, c.Groups, lim.MaxGroups)
		}
	}
	for i, b := range c.Binds {
		if int64(b.Length()) > lim.MaxBinding || b.Offset%lim.OffsetAlign != 0 {
			return fmt.Errorf("kernel %s: %w: binding %s of %d bytes at byte %d, at most %d at multiples of %d", name, gpu.ErrTooLarge,
				l.Bindings[i].Name, b.Length(), b.Offset, lim.MaxBinding, lim.OffsetAlign)
		}
	}
	return nil
}
