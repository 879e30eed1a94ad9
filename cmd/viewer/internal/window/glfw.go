//go:build cgo && (darwin || (window && (linux || freebsd)))

package window

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unsafe"

	"github.com/go-gl/glfw/v3.3/glfw"

	"github.com/radia-go/radia/cmd/viewer/internal/event"
	"github.com/radia-go/radia/cmd/viewer/internal/present"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
)

// GLFW must be used from the process's first thread, and main's goroutine is on it while packages are initialised.
func init() { runtime.LockOSThread() }

// headless is added to errors: what a person can do without a display.
const headless = "; without a display, use --headless-script FILE or the command line program radia"

type glfwWindow struct {
	w       *glfw.Window
	device  *vulkan.Device
	shared  *Shared // what device belongs to where an engine computes with it too, nil where it is the window's own
	show    *present.Presenter
	pending []event.Event
	ratio   float64 // pixels per screen coordinate
	vsync   bool
	losses  []time.Time // of devices
	broken  error       // no device could be opened
}

// Open opens a window. It must be called from main's goroutine.
func Open(o Options) (Window, error) {
	if err := start(); err != nil {
		return nil, fmt.Errorf("%w: %s%s", ErrNoWindow, oneLine(err), headless)
	}
	w, err := open(o)
	if err != nil {
		glfw.Terminate()
		return nil, err
	}
	return w, nil
}

// start initialises GLFW. Its binding writes an absent display to the standard log instead of returning it.
func start() error {
	if (runtime.GOOS == "linux" || runtime.GOOS == "freebsd") && os.Getenv("DISPLAY") == "" {
		return errors.New("there is no display (the variable DISPLAY is not set)")
	}
	var said bytes.Buffer
	log.SetOutput(&said)
	defer log.SetOutput(os.Stderr)
	err := glfw.Init()
	if err == nil && said.Len() > 0 {
		err = errors.New(strings.TrimSpace(said.String()))
	}
	return err
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

func open(o Options) (*glfwWindow, error) {
	if !glfw.VulkanSupported() {
		return nil, fmt.Errorf("%w: no Vulkan loader or driver is installed (packages libvulkan1 and mesa-vulkan-drivers)%s", ErrNoWindow, headless)
	}
	glfw.WindowHint(glfw.ClientAPI, glfw.NoAPI)
	glfw.WindowHint(glfw.Visible, glfw.False)
	win, err := glfw.CreateWindow(o.Width, o.Height, o.Title, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %s%s", ErrNoWindow, oneLine(err), headless)
	}
	g := &glfwWindow{w: win, vsync: o.VSync}
	if len(win.GetRequiredInstanceExtensions()) == 0 {
		return nil, fmt.Errorf("%w: Vulkan here has no surface for this display%s", ErrNoWindow, headless)
	}
	if err := g.openDevice(); err != nil {
		return nil, fmt.Errorf("%w: %w%s", ErrNoWindow, err, headless)
	}
	g.callbacks()
	if g.ratio != 1 { // sizes are pixels here, GLFW's are screen coordinates
		g.Resize(o.Width, o.Height)
	}
	win.Show()
	return g, nil
}

// openDevice finds a device that can show pictures here: the best GPU, else a software driver.
func (g *glfwWindow) openDevice() error {
	instance, device := g.Extensions()
	var failures []error
	for _, which := range []string{"", "software"} {
		d, err := vulkan.Open(vulkan.Options{Select: which, InstanceExtensions: instance, DeviceExtensions: device})
		if err == nil {
			if g.show, err = g.present(d, g.vsync); err == nil {
				g.device, g.shared = d, nil
				return nil
			}
			err = errors.Join(err, d.Close())
		}
		if !errors.Is(err, gpu.ErrNoDevice) {
			failures = append(failures, err)
		}
		if len(failures) == 0 && which != "" {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

func (g *glfwWindow) present(d *vulkan.Device, vsync bool) (*present.Presenter, error) {
	instance, _, _, _ := d.Handles()
	// The binding returns the address of a variable that it does not keep alive, so nothing may be collected until it is
	// read.
	percent := debug.SetGCPercent(-1)
	address, err := g.w.CreateWindowSurface((*byte)(instance), nil)
	var surface uint64
	if err == nil {
		surface = **(**uint64)(unsafe.Pointer(&address))
	}
	debug.SetGCPercent(percent)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Info().Name, err)
	}
	return present.New(d, surface, vsync)
}

func (g *glfwWindow) add(e event.Event) { g.pending = append(g.pending, e) }

func (g *glfwWindow) callbacks() {
	w := g.w
	g.measure()
	resized := func() {
		if g.show != nil {
			g.show.Resized()
		}
		g.measure()
		width, height, scale := g.Size()
		g.add(event.Resize{Width: width, Height: height, Scale: scale})
	}
	w.SetFramebufferSizeCallback(func(*glfw.Window, int, int) { resized() })
	w.SetContentScaleCallback(func(*glfw.Window, float32, float32) { resized() })
	w.SetRefreshCallback(func(*glfw.Window) { resized() })
	w.SetCloseCallback(func(w *glfw.Window) {
		w.SetShouldClose(false) // the application decides
		g.add(event.Close{})
	})
	w.SetDropCallback(func(_ *glfw.Window, names []string) { g.add(event.Drop{Paths: append([]string(nil), names...)}) })
	w.SetCursorPosCallback(func(_ *glfw.Window, x, y float64) { g.add(event.Move{X: x * g.ratio, Y: y * g.ratio}) })
	w.SetScrollCallback(func(_ *glfw.Window, x, y float64) { g.add(event.Scroll{DX: x, DY: y}) })
	w.SetMouseButtonCallback(func(_ *glfw.Window, b glfw.MouseButton, a glfw.Action, m glfw.ModifierKey) {
		n, known := map[glfw.MouseButton]int{glfw.MouseButtonLeft: event.ButtonLeft, glfw.MouseButtonRight: event.ButtonRight, glfw.MouseButtonMiddle: event.ButtonMiddle}[b]
		if known {
			g.add(event.Button{Button: n, Down: a == glfw.Press, Mods: mods(m)})
		}
	})
	w.SetKeyCallback(func(_ *glfw.Window, k glfw.Key, _ int, a glfw.Action, m glfw.ModifierKey) {
		if name := keyName(k); name != "" {
			g.add(event.Key{Name: name, Down: a != glfw.Release, Repeat: a == glfw.Repeat, Mods: mods(m)})
		}
	})
}

// measure finds how many pixels a screen coordinate has: 2 on some high-density displays, 1 elsewhere.
func (g *glfwWindow) measure() {
	g.ratio = 1
	fw, _ := g.w.GetFramebufferSize()
	if sw, _ := g.w.GetSize(); sw > 0 && fw > 0 {
		g.ratio = float64(fw) / float64(sw)
	}
}

func mods(m glfw.ModifierKey) (out event.Mods) {
	for k, v := range map[glfw.ModifierKey]event.Mods{glfw.ModShift: event.Shift, glfw.ModControl: event.Ctrl, glfw.ModAlt: event.Alt, glfw.ModSuper: event.Super} {
		if m&k != 0 {
			out |= v
		}
	}
	return out
}

var namedKeys = map[glfw.Key]string{
	glfw.KeySpace: event.Space, glfw.KeyTab: event.Tab, glfw.KeyEnter: event.Enter, glfw.KeyEscape: event.Escape, glfw.KeyBackspace: event.Backspace,
	glfw.KeyDelete: event.Delete, glfw.KeyLeft: event.Left, glfw.KeyRight: event.Right, glfw.KeyUp: event.Up, glfw.KeyDown: event.Down,
	glfw.KeyHome: event.Home, glfw.KeyEnd: event.End, glfw.KeyPageUp: event.Prior, glfw.KeyPageDown: event.Next, glfw.KeyInsert: event.Insert,
	glfw.KeyLeftShift: event.ShiftKey, glfw.KeyRightShift: event.ShiftKey, glfw.KeyLeftControl: event.CtrlKey, glfw.KeyRightControl: event.CtrlKey,
	glfw.KeyLeftAlt: event.AltKey, glfw.KeyRightAlt: event.AltKey, glfw.KeyLeftSuper: event.SuperKey, glfw.KeyRightSuper: event.SuperKey,
	glfw.KeyKPAdd: event.KeypadPlus, glfw.KeyKPSubtract: event.KeypadMinus, glfw.KeyKPEnter: event.KeypadEnter,
}

// keyName is the key's name in package event; keys with a character take their place on a US keyboard.
func keyName(k glfw.Key) string {
	if n, ok := namedKeys[k]; ok {
		return n
	}
	switch {
	case k > glfw.KeySpace && k <= glfw.KeyGraveAccent:
		return string(rune(k))
	case k >= glfw.KeyF1 && k <= glfw.KeyF12:
		return fmt.Sprintf("F%d", k-glfw.KeyF1+1)
	case k >= glfw.KeyKP0 && k <= glfw.KeyKP9:
		return string(rune('0' + k - glfw.KeyKP0))
	}
	return ""
}

func (g *glfwWindow) Size() (int, int, float64) {
	w, h := g.w.GetFramebufferSize()
	sx, _ := g.w.GetContentScale()
	return w, h, float64(sx)
}

func (g *glfwWindow) Poll(seconds float64) []event.Event {
	if seconds > 0 && len(g.pending) == 0 {
		glfw.WaitEventsTimeout(seconds)
	} else {
		glfw.PollEvents()
	}
	out := g.pending
	g.pending = nil
	return out
}

func (g *glfwWindow) Show(pix []byte, width, height int) (bool, error) {
	if g.w.GetAttrib(glfw.Iconified) == glfw.True {
		return false, nil
	}
	if g.broken != nil {
		return false, g.broken
	}
	shown, err := g.show.Show(pix, width, height)
	if errors.Is(err, gpu.ErrDeviceLost) || errors.Is(err, present.ErrSurfaceLost) {
		if err = g.recover(err); err == nil {
			shown, err = g.show.Show(pix, width, height)
		}
	}
	return shown, err
}

// Losses of the device that shows pictures that are survived within a minute.
const mostLosses = 3

// recover opens the device and the swapchain again after the device, or the surface, was lost.
func (g *glfwWindow) recover(cause error) error {
	now := time.Now()
	recent := g.losses[:0]
	for _, t := range g.losses {
		if now.Sub(t) < time.Minute {
			recent = append(recent, t)
		}
	}
	if g.losses = append(recent, now); len(g.losses) > mostLosses {
		return fmt.Errorf("the window's device was lost %d times within a minute: %w", len(g.losses), cause)
	}
	g.release() // a lost device says so again
	if err := g.openDevice(); err != nil {
		return fmt.Errorf("the window's device was lost, and opening it again failed: %w", err)
	}
	return nil
}

// release lets go of the device.
func (g *glfwWindow) release() error {
	if g.show == nil {
		return nil
	}
	g.show.Close()
	var err error
	if g.shared != nil {
		err = g.shared.Close()
	} else {
		err = g.device.Close()
	}
	g.show, g.device, g.shared = nil, nil, nil
	return err
}

// Attach implements Window: a Shared device on Vulkan that was opened with Extensions will do.
func (g *glfwWindow) Attach(d gpu.Device) bool {
	s, _ := d.(*Shared)
	if s == nil && g.shared == nil && g.show != nil {
		return false // as it is
	}
	g.release()
	if s != nil {
		if v, ok := s.Device.(*vulkan.Device); ok && s.keep() {
			var err error
			if g.show, err = g.present(v, g.vsync); err == nil {
				g.device, g.shared = v, s
				return true
			}
			g.show = nil
			s.Close()
		}
	}
	if err := g.openDevice(); err != nil {
		g.broken = fmt.Errorf("the window's device cannot be opened again: %w", err)
	}
	return false
}

// ShowBuffer implements Window.
func (g *glfwWindow) ShowBuffer(b gpu.Buffer, width, height int) (bool, error) {
	if g.w.GetAttrib(glfw.Iconified) == glfw.True {
		return false, nil
	}
	if g.shared == nil {
		return false, ErrDetached
	}
	shown, err := g.show.ShowBuffer(b.(*vulkan.Buffer), width, height)
	if errors.Is(err, gpu.ErrDeviceLost) || errors.Is(err, present.ErrSurfaceLost) {
		if err = g.recover(err); err == nil {
			err = ErrDetached
		}
	}
	return shown, err
}

// Swap implements Window.
func (g *glfwWindow) Swap() bool { return g.show != nil && g.show.Swap() }

// Settle implements Window.
func (g *glfwWindow) Settle() {
	if g.show != nil {
		g.show.Settle()
	}
}

// Lose implements Window.
func (g *glfwWindow) Lose() { g.show.Lose() }

func (g *glfwWindow) Resize(width, height int) {
	g.w.SetSize(int(float64(width)/g.ratio), int(float64(height)/g.ratio))
}

func (g *glfwWindow) SetTitle(s string) { g.w.SetTitle(s) }

// Copy implements Window.
func (g *glfwWindow) Copy(s string) { glfw.SetClipboardString(s) }

func (g *glfwWindow) About() string {
	if g.device == nil {
		return "no device"
	}
	return g.device.Info().String()
}

// Extensions implements Window.
func (g *glfwWindow) Extensions() (instance, device []string) {
	return g.w.GetRequiredInstanceExtensions(), []string{"VK_KHR_swapchain"}
}

func (g *glfwWindow) Wake() { glfw.PostEmptyEvent() }

// Close ends the window; what the validation layer said comes back as the error.
func (g *glfwWindow) Close() error {
	err := g.release()
	g.w.Destroy()
	glfw.Terminate()
	return err
}
