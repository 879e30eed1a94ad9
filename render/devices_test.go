package render

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
)

func TestMain(m *testing.M) {
	code := testenv.Main(m)
	for _, d := range onVulkan {
		if err := d.Close(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// onVulkan holds the Vulkan device of all tests, so that kernels are compiled once, by the form that is forced.
var onVulkan = map[string]gpu.Device{}

// onDevices runs a test with the vector kernels, with the twins and on Vulkan.
func onDevices(t *testing.T, test func(t *testing.T, d gpu.Device)) {
	for name, open := range map[string]func(*testing.T) gpu.Device{
		"cpu":    func(t *testing.T) gpu.Device { return openHost(t, false) },
		"twins":  twins,
		"vulkan": openVulkan,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// twins opens the CPU device that computes by twins alone, which planted faults replace.
func twins(t *testing.T) gpu.Device { return openHost(t, true) }

func openHost(t *testing.T, reference bool) gpu.Device {
	d := host.Open(host.Options{Reference: reference, Threads: 2})
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// openVulkan opens the best Vulkan device, else the software driver.
func openVulkan(t *testing.T) gpu.Device { return openForm(t, "") }

// openForm opens it with kernels in the named form.
func openForm(t *testing.T, variant string) gpu.Device {
	if d := onVulkan[variant]; d != nil {
		return d
	}
	d, err := vulkan.Open(vulkan.Options{Select: os.Getenv("RADIA_DEVICE"), Variant: variant, CacheDir: "none"})
	if errors.Is(err, gpu.ErrNoDevice) {
		d, err = vulkan.Open(vulkan.Options{Select: "software", Variant: variant, CacheDir: "none"})
	}
	if errors.Is(err, gpu.ErrNoLoader) || errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrUnsupported) {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	onVulkan[variant] = d
	return d
}

// plant replaces the twin of a kernel until the end of the test.
func plant(t *testing.T, k *gpu.Kernel, fault func(c *gpu.Call, twin func(*gpu.Call))) {
	t.Helper()
	twin := k.Twin
	k.Twin = func(c *gpu.Call) { fault(c, twin) }
	t.Cleanup(func() { k.Twin = twin })
}

// spied is a device that tells of every recording after it has run.
type spied struct {
	gpu.Device
	after func(*gpu.Recording)
}

func (d *spied) Submit(r *gpu.Recording) error {
	err := d.Device.Submit(r)
	if err == nil {
		d.after(r)
	}
	return err
}
