package check

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/radia-go/radia/gpu"
)

// Faults are what a Faulty does wrong on purpose; the zero value does nothing wrong and only counts.
type Faults struct {
	// Lost is the submission, counted from 1, with which the device is lost: it and every later call fail. 0 is never.
	Lost int
	// Memory is the submission, counted from 1, for which the driver finds no memory. 0 is never.
	Memory int
	// Buffer names a buffer for which there is no memory.
	Buffer string
	// Binding lowers Limits.MaxBinding, in bytes. 0 leaves it.
	Binding int64
}

// ParseFaults reads what RADIA_FAULT says: "lost:N", "memory:N", "buffer:NAME", "binding:BYTES", several separated by
// commas.
func ParseFaults(s string) (Faults, error) {
	var f Faults
	for _, part := range strings.Split(s, ",") {
		what, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		n, err := strconv.Atoi(value)
		ok := err == nil && n > 0
		switch what {
		case "lost":
			f.Lost = n
		case "memory":
			f.Memory = n
		case "buffer":
			f.Buffer, ok = value, value != ""
		case "binding":
			f.Binding = int64(n)
		default:
			ok = false
		}
		if !ok {
			return Faults{}, fmt.Errorf("RADIA_FAULT=%s: %q is none of lost:N, memory:N, buffer:NAME, binding:BYTES", s, part)
		}
	}
	return f, nil
}

// Faulty is a device that fails on purpose, for tests of what a program does then. It also counts what a host does with
// the device.
type Faulty struct {
	under  gpu.Device
	info   gpu.Info
	faults Faults
	lost   error

	Submissions int // of any recording
	HostWaits   int // submissions with a download, and calls of Wait
	Buffers     int // allocated
}

var _ gpu.Device = (*Faulty)(nil)

// Inject makes a Faulty of a device. Closing it closes the device.
func Inject(under gpu.Device, f Faults) *Faulty {
	d := &Faulty{under: under, info: *under.Info(), faults: f}
	if f.Binding > 0 {
		d.info.Limits.MaxBinding = min(d.info.Limits.MaxBinding, f.Binding)
	}
	return d
}

// fromEnvironment wraps a device where RADIA_FAULT asks for it.
func fromEnvironment(under gpu.Device) (gpu.Device, error) {
	s := os.Getenv("RADIA_FAULT")
	if s == "" {
		return under, nil
	}
	f, err := ParseFaults(s)
	if err != nil {
		return nil, err
	}
	d := Inject(under, f)
	d.info.Driver += ", with the faults " + s
	return d, nil
}

// Info implements gpu.Device.
func (d *Faulty) Info() *gpu.Info { return &d.info }

// NewBuffer implements gpu.Device.
func (d *Faulty) NewBuffer(name string, size int) (gpu.Buffer, error) {
	if d.lost != nil {
		return nil, d.lost
	}
	if d.faults.Buffer == name {
		return nil, fmt.Errorf("buffer %s of %d bytes: %w on %s", name, size, gpu.ErrOutOfMemory, d.info.Name)
	}
	d.Buffers++
	return d.under.NewBuffer(name, size)
}

// Submit implements gpu.Device. A binding beyond the lowered limit is refused as a Vulkan device refuses it.
func (d *Faulty) Submit(r *gpu.Recording) error {
	if d.lost != nil {
		return d.lost
	}
	d.Submissions++
	switch d.Submissions {
	case d.faults.Lost:
		d.lost = fmt.Errorf("recording %s: %w on %s", r.Name, gpu.ErrDeviceLost, d.info.Name)
		return d.lost
	case d.faults.Memory:
		return fmt.Errorf("recording %s: %w on %s", r.Name, gpu.ErrOutOfMemory, d.info.Name)
	}
	waits := false
	for _, c := range r.Commands {
		switch c := c.(type) {
		case *gpu.Download:
			waits = true
		case *gpu.Dispatch:
			for i, b := range c.Binds {
				if n := int64(b.Length()); n > d.info.Limits.MaxBinding {
					return fmt.Errorf("recording %s: kernel %s: %w: binding %s of %d bytes, at most %d on %s", r.Name, c.Kernel.Name, gpu.ErrTooLarge,
						c.Kernel.Layout.Bindings[i].Name, n, d.info.Limits.MaxBinding, d.info.Name)
				}
			}
		}
	}
	if waits {
		d.HostWaits++
	}
	return d.under.Submit(r)
}

// Wait implements gpu.Device.
func (d *Faulty) Wait() error {
	if d.lost != nil {
		return d.lost
	}
	d.HostWaits++
	return d.under.Wait()
}

// Stats implements gpu.Device.
func (d *Faulty) Stats() gpu.Stats { return d.under.Stats() }

// Close implements gpu.Device.
func (d *Faulty) Close() error { return errors.Join(d.lost, d.under.Close()) }
