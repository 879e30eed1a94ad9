//go:build cgo && (darwin || (window && (linux || freebsd)))

package present

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra
#include "present.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
)

// ErrNoPresent says that the device cannot show pictures in this window.
var ErrNoPresent = errors.New("the device cannot show pictures in this window")

// ErrSurfaceLost says that the window's surface is gone, as after a display server's restart.
var ErrSurfaceLost = errors.New("the window's surface was lost")

// Presenter is a window's swapchain. It is used from one goroutine.
type Presenter struct {
	p    *C.rp_presenter
	d    *vulkan.Device
	lost bool // on purpose
}

// New makes a presenter on an open device, which must outlive it, for a surface that it then owns. With vsync it shows
// pictures at the display's pace.
func New(d *vulkan.Device, surface uint64, vsync bool) (*Presenter, error) {
	instance, physical, device, queue := d.Handles()
	var wait C.int
	if vsync {
		wait = 1
	}
	p := &Presenter{d: d}
	r := C.rp_create(d.InstanceProc(), instance, physical, device, queue, C.uint32_t(d.QueueFamily()), C.uint64_t(surface), wait, &p.p)
	if err := result(r); err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w", d.Info().Name, err)
	}
	return p, nil
}

// Show shows an RGBA picture, rows from the top. It returns false without error where nothing can be shown at the moment,
// as while the window is minimised.
func (p *Presenter) Show(pix []byte, width, height int) (bool, error) {
	if width <= 0 || height <= 0 || len(pix) < 4*width*height {
		panic("present: the picture is smaller than its size says")
	}
	return p.next(width, height, func() C.int32_t {
		return C.rp_show(p.p, (*C.uint8_t)(unsafe.Pointer(&pix[0])), C.uint32_t(width), C.uint32_t(height))
	})
}

// ShowBuffer is Show of a picture that lies on the device, in the order of channels that Swap asks for. The device may go on
// reading it until Settle or the next Show returns.
func (p *Presenter) ShowBuffer(b *vulkan.Buffer, width, height int) (bool, error) {
	if width <= 0 || height <= 0 || b.Size() < 4*width*height {
		panic("present: the picture is smaller than its size says")
	}
	return p.next(width, height, func() C.int32_t {
		return C.rp_show_buffer(p.p, C.uint64_t(b.Handle()), C.uint32_t(width), C.uint32_t(height))
	})
}

// next waits for a free picture of the swapchain, without keeping others from the queue, and fills and shows it by show.
func (p *Presenter) next(width, height int, show func() C.int32_t) (shown bool, err error) {
	if p.lost {
		return false, fmt.Errorf("showing a picture: %w", gpu.ErrDeviceLost)
	}
	r := C.int32_t(C.RP_STALE)
	for try := 0; r == C.RP_STALE && try < 4; try++ {
		if r = C.rp_acquire(p.p); r == C.RP_STALE {
			p.d.Exclusive(func() { r = C.rp_rebuild(p.p, C.uint32_t(width), C.uint32_t(height)) })
			if r == C.RP_SHOWN {
				r = C.RP_STALE // and now another try
			}
		}
	}
	if r == C.RP_SHOWN {
		p.d.Exclusive(func() { r = show() })
	}
	if err := result(r); err != nil {
		return false, fmt.Errorf("showing a picture: %w", err)
	}
	return r == C.RP_SHOWN, nil
}

// Swap reports whether the swapchain's pictures are BGRA.
func (p *Presenter) Swap() bool { return C.rp_swap(p.p) != 0 }

// Settle waits until what was shown last is copied.
func (p *Presenter) Settle() { C.rp_settle(p.p) }

// Lose makes Show fail as it does on a lost device.
func (p *Presenter) Lose() { p.lost = true }

// Resized tells that the window has another size.
func (p *Presenter) Resized() { C.rp_dirty(p.p) }

// Close destroys the swapchain and the surface.
func (p *Presenter) Close() {
	if p.p != nil {
		p.d.Exclusive(func() { C.rp_destroy(p.p) })
		p.p = nil
	}
}

func result(r C.int32_t) error {
	switch {
	case r >= 0:
		return nil
	case r == C.RP_NO_PRESENT:
		return fmt.Errorf("%w: its queue does not present", ErrNoPresent)
	case r == C.RP_NO_TRANSFER:
		return fmt.Errorf("%w: its pictures cannot be copied to", ErrNoPresent)
	case r == C.RP_NO_FORMAT:
		return fmt.Errorf("%w: no 8-bit format", ErrNoPresent)
	case r == C.RP_NO_FUNCTION:
		return fmt.Errorf("%w: the driver has no swapchain", ErrNoPresent)
	case r == C.RP_NO_MEMORY_TYPE:
		return fmt.Errorf("%w: no memory that the processor can write", ErrNoPresent)
	case r == -4:
		return gpu.ErrDeviceLost
	case r == -1, r == -2:
		return gpu.ErrOutOfMemory
	case r == -1000000000:
		return ErrSurfaceLost
	}
	return fmt.Errorf("Vulkan result %d", int(r))
}
