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
	p := &Presenter{}
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
	if p.lost {
		return false, fmt.Errorf("showing a picture: %w", gpu.ErrDeviceLost)
	}
	r := C.rp_show(p.p, (*C.uint8_t)(unsafe.Pointer(&pix[0])), C.uint32_t(width), C.uint32_t(height))
	if err := result(r); err != nil {
		return false, fmt.Errorf("showing a picture: %w", err)
	}
	return r == C.RP_SHOWN, nil
}

// Lose makes Show fail as it does on a lost device.
func (p *Presenter) Lose() { p.lost = true }

// Resized tells that the window has another size.
func (p *Presenter) Resized() { C.rp_dirty(p.p) }

// Close destroys the swapchain and the surface.
func (p *Presenter) Close() {
	if p.p != nil {
		C.rp_destroy(p.p)
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
