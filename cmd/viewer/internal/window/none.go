//go:build !(cgo && (darwin || (window && (linux || freebsd))))

package window

import "fmt"

// Open reports that this program was built without a window.
func Open(Options) (Window, error) {
	return nil, fmt.Errorf("%w: this program was built without one. Build it with `make viewer` (or go build -tags window ./cmd/viewer, with cgo and the X11 development headers), or use --headless-script FILE, which needs no display", ErrNoWindow)
}
