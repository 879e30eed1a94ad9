package window

import (
	"sync"

	"github.com/radia-go/radia/gpu"
)

// Shared is a device that an engine computes with and a window shows pictures of. It is closed when both have let go of it,
// whoever is last.
type Shared struct {
	gpu.Device

	mu    sync.Mutex
	users int
}

// Share returns a device with one user.
func Share(d gpu.Device) *Shared { return &Shared{Device: d, users: 1} }

// keep adds a user; false where the device is closed already.
func (s *Shared) keep() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		return false
	}
	s.users++
	return true
}

// Close implements gpu.Device for one of the users.
func (s *Shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return nil
	}
	return s.Device.Close()
}
