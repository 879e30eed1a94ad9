package check

import (
	"errors"
	"fmt"
	"os"

	"github.com/radia-go/radia/gpu"
)

// Device is one device made of two. Without From it runs every dispatch on both with the same inputs and compares what
// was written within the kernel's bounds; with From it runs each recording's dispatches on the reference up to the
// first dispatch of that kernel and on the device under test from there on, which tells from which kernel on a
// picture goes wrong. Both are for finding faults: every dispatch is waited for and its outputs are copied.
type Device struct {
	under, reference gpu.Device
	from             string
	info             gpu.Info
}

var _ gpu.Device = (*Device)(nil)

// New makes a Device; from is "" or the name of a kernel. Close closes both devices.
func New(under, reference gpu.Device, from string) *Device {
	d := &Device{under: under, reference: reference, from: from, info: *under.Info()}
	if from == "" {
		d.info.Driver += ", every dispatch checked against " + reference.Info().Backend
	} else {
		d.info.Driver += ", before " + from + " computed by " + reference.Info().Backend
	}
	return d
}

// Wrap returns under itself, or a Device when the environment asks for one: RADIA_CHECK=1 compares every dispatch,
// RADIA_FROM=KERNEL computes on the reference up to that kernel. open is called only then. RADIA_FAULT makes the device
// fail on purpose (see ParseFaults), RADIA_LIMITS lowers its limits (see gpu.ParseLimits) and watches them (see Strict).
func Wrap(under gpu.Device, open func() gpu.Device) (gpu.Device, error) {
	under, err := fromEnvironment(under)
	if err != nil {
		return nil, err
	}
	if os.Getenv("RADIA_LIMITS") != "" {
		under = Watch(under)
	}
	all, from := os.Getenv("RADIA_CHECK") == "1", os.Getenv("RADIA_FROM")
	switch {
	case all && from != "":
		return nil, errors.New("RADIA_CHECK and RADIA_FROM exclude each other")
	case all || from != "":
		return New(under, open(), from), nil
	}
	return under, nil
}

// pair is a buffer on each device.
type pair struct {
	owner            *Device
	under, reference gpu.Buffer
}

func (p *pair) Name() string { return p.under.Name() }
func (p *pair) Size() int    { return p.under.Size() }
func (p *pair) Release() {
	p.under.Release()
	p.reference.Release()
}

// Info implements gpu.Device.
func (d *Device) Info() *gpu.Info { return &d.info }

// NewBuffer implements gpu.Device.
func (d *Device) NewBuffer(name string, size int) (gpu.Buffer, error) {
	u, err := d.under.NewBuffer(name, size)
	if err != nil {
		return nil, err
	}
	r, err := d.reference.NewBuffer(name, size)
	if err != nil {
		u.Release()
		return nil, fmt.Errorf("reference: %w", err)
	}
	return &pair{d, u, r}, nil
}

// Wait implements gpu.Device.
func (d *Device) Wait() error { return d.under.Wait() }

// Stats are those of the device under test, and of the reference for kernels that only it has run.
func (d *Device) Stats() gpu.Stats {
	out := gpu.Stats{}
	for name, s := range d.reference.Stats() {
		out[name] = s
	}
	for name, s := range d.under.Stats() {
		out[name] = s
	}
	return out
}

// Close implements gpu.Device.
func (d *Device) Close() error { return errors.Join(d.under.Close(), d.reference.Close()) }

// Submit implements gpu.Device. The error of a difference names the kernel, the binding and the dispatch.
func (d *Device) Submit(r *gpu.Recording) error {
	r.Seal()
	reached := false // the kernel named by from
	for i, c := range r.Commands {
		dispatch, ok := c.(*gpu.Dispatch)
		if !ok {
			if err := d.both(r.Name, c); err != nil {
				return err
			}
			continue
		}
		reached = reached || dispatch.Kernel.Name == d.from
		if err := d.dispatch(dispatch, reached); err != nil {
			return fmt.Errorf("%s, command %d: %w\n  %v", r.Name, i, err, c)
		}
	}
	return nil
}

// both runs a command that moves memory on both devices; a download is what the device under test holds.
func (d *Device) both(name string, c gpu.Command) error {
	for _, on := range []gpu.Device{d.under, d.reference} {
		rec := gpu.NewRecording(name)
		switch c := c.(type) {
		case *gpu.Upload:
			rec.Upload(d.part(c.Dst, on), c.Offset, c.Data)
		case *gpu.Download:
			if on == d.reference {
				continue
			}
			rec.Download(d.part(c.Src, on), c.Offset, c.Data)
		case *gpu.Copy:
			rec.Copy(d.part(c.Dst, on), c.DstOffset, d.part(c.Src, on), c.SrcOffset, c.Size)
		case *gpu.Fill:
			rec.Fill(d.part(c.Dst, on), c.Offset, c.Size, c.Word)
		default:
			panic(fmt.Sprintf("check: unknown command %T", c))
		}
		if err := errors.Join(on.Submit(rec), on.Wait()); err != nil {
			return err
		}
	}
	return nil
}

// part is the buffer on one of the two devices.
func (d *Device) part(b gpu.Buffer, on gpu.Device) gpu.Buffer {
	p, ok := b.(*pair)
	if !ok || p.owner != d {
		panic("check: buffer " + b.Name() + " belongs to another device")
	}
	if on == d.under {
		return p.under
	}
	return p.reference
}

// dispatch runs one dispatch on one device or on both, and leaves both with the same memory: that of the device that
// computed, of the device under test when both did.
func (d *Device) dispatch(c *gpu.Dispatch, reached bool) error {
	if d.from != "" {
		source, other := d.reference, d.under
		if reached {
			source, other = d.under, d.reference
		}
		out, err := d.run(c, source)
		if err != nil {
			return err
		}
		return d.store(c, other, out)
	}
	want, err := d.run(c, d.reference)
	if err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	got, err := d.run(c, d.under)
	if err != nil {
		return err
	}
	variant := d.under.Stats()[c.Kernel.Name].Variant
	for i := range c.Binds {
		if want[i] == nil {
			continue
		}
		if err := Compare(c.Kernel, variant, i, got[i], want[i]); err != nil {
			return err
		}
	}
	return d.store(c, d.reference, got)
}

// run executes the dispatch on one device and returns the bytes of each written binding.
func (d *Device) run(c *gpu.Dispatch, on gpu.Device) ([][]byte, error) {
	rec := gpu.NewRecording("check " + c.Kernel.Name)
	binds := make([]gpu.Bind, len(c.Binds))
	for i, b := range c.Binds {
		binds[i] = gpu.Part(d.part(b.Buffer, on), b.Offset, b.Length())
	}
	if c.Indirect.Buffer != nil {
		groups := gpu.Part(d.part(c.Indirect.Buffer, on), c.Indirect.Offset, c.Indirect.Size)
		rec.DispatchIndirect(c.Kernel, groups, c.Push, c.Spec, binds...)
	} else {
		rec.Dispatch(c.Kernel, c.Groups, c.Push, c.Spec, binds...)
	}
	out := make([][]byte, len(binds))
	for i, b := range binds {
		if c.Kernel.Layout.Bindings[i].Access&gpu.Write != 0 {
			out[i] = make([]byte, b.Size)
			rec.Download(b.Buffer, b.Offset, out[i])
		}
	}
	return out, errors.Join(on.Submit(rec), on.Wait())
}

// store gives a device the outputs that the other one computed.
func (d *Device) store(c *gpu.Dispatch, on gpu.Device, out [][]byte) error {
	rec := gpu.NewRecording("check " + c.Kernel.Name)
	for i, data := range out {
		if data != nil {
			rec.Upload(d.part(c.Binds[i].Buffer, on), c.Binds[i].Offset, data)
		}
	}
	return errors.Join(on.Submit(rec), on.Wait())
}
