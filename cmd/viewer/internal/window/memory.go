package window

import (
	"time"

	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/gpu"
)

// Size implements Window.
func (m *Memory) Size() (int, int, float64) { return m.width, m.height, m.scale }

// Poll implements Window.
func (m *Memory) Poll(seconds float64) []event.Event {
	if len(m.pending) == 0 && seconds > 0 {
		t := time.NewTimer(time.Duration(seconds * float64(time.Second)))
		select {
		case <-m.wake:
		case <-t.C:
		}
		t.Stop()
	}
	out := m.pending
	m.pending = nil
	return out
}

// Show implements Window.
func (m *Memory) Show(pix []byte, width, height int) (bool, error) {
	m.Shown = append(m.Shown[:0], pix[:4*width*height]...)
	return true, nil
}

// Attach implements Window: a Shared device of any kind will do.
func (m *Memory) Attach(d gpu.Device) bool {
	if m.shared != nil {
		m.shared.Close()
		m.shared = nil
	}
	if s, ok := d.(*Shared); ok && s.keep() {
		m.shared = s
	}
	return m.shared != nil
}

// ShowBuffer implements Window.
func (m *Memory) ShowBuffer(b gpu.Buffer, width, height int) (bool, error) {
	m.Shown = make([]byte, 4*width*height)
	rec := gpu.NewRecording("show in memory")
	rec.Download(b, 0, m.Shown)
	return true, m.shared.Submit(rec)
}

// Extensions implements Window.
func (m *Memory) Extensions() (instance, device []string) { return nil, nil }

// Swap implements Window.
func (m *Memory) Swap() bool { return false }

// Settle implements Window.
func (m *Memory) Settle() {}

// Resize implements Window.
func (m *Memory) Resize(width, height int) {
	m.width, m.height = width, height
	m.pending = append(m.pending, event.Resize{Width: width, Height: height, Scale: m.scale})
}

// SetTitle implements Window.
func (m *Memory) SetTitle(string) {}

// Copy implements Window.
func (m *Memory) Copy(s string) { m.Copied = s }

// Lose implements Window: memory is not lost.
func (m *Memory) Lose() {}

// About implements Window.
func (m *Memory) About() string { return "memory, no display" }

// Wake implements Window.
func (m *Memory) Wake() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Close implements Window.
func (m *Memory) Close() error {
	if m.shared != nil {
		return m.shared.Close()
	}
	return nil
}
