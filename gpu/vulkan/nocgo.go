//go:build !cgo || !(linux || darwin || freebsd)

package vulkan

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
)

// Device cannot be opened in this build.
type Device struct{ gpu.Device }

var errBuild = fmt.Errorf("%w: this program was built without cgo, or for a system without support for Vulkan devices", gpu.ErrNoLoader)

// List returns an error: the program was built without cgo.
func List() ([]Found, error) { return nil, errBuild }

// Open returns an error: the program was built without cgo.
func Open(Options) (*Device, error) { return nil, errBuild }
