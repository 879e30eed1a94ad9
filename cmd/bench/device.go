package main

import (
	"fmt"
	"strings"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/vulkan"
)

// deviceFlags choose where to compute.
type deviceFlags struct {
	Device  string `default:"auto" placeholder:"DEVICE" help:"Where to compute: auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME."`
	Threads int    `default:"0" help:"Threads of the CPU device; 0 uses every processor."`
	Variant string `help:"Force the kernel variant of that name on Vulkan; portable is the one that needs nothing."`
}

// open opens the device so that it times kernels.
func (f *deviceFlags) open(env *app.Env) (gpu.Device, error) {
	kind, which, named := strings.Cut(f.Device, ":")
	switch {
	case f.Threads < 0:
		return nil, app.UsageError(fmt.Sprintf("--threads %d: must not be negative", f.Threads))
	case kind != "vulkan" && (named || kind != "auto" && kind != "cpu" && kind != "cpu-reference"):
		return nil, app.UsageError(fmt.Sprintf("--device %s: want auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME", f.Device))
	case f.Variant != "" && kind != "vulkan":
		return nil, app.UsageError(fmt.Sprintf("--variant %s: only --device vulkan has variants", f.Variant))
	case f.Variant != "":
		d, err := vulkan.Open(vulkan.Options{Select: which, Profile: true, Variant: f.Variant})
		if err != nil {
			return nil, err
		}
		return d, nil
	}
	flags := app.DeviceFlags{Device: f.Device, Threads: f.Threads, Profile: true}
	return flags.Open(env)
}
