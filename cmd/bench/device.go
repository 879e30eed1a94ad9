package main

import (
	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
)

// deviceFlags choose where to compute.
type deviceFlags struct {
	Device  string `default:"auto" placeholder:"DEVICE" help:"Where to compute: auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME."`
	Threads int    `default:"0" help:"Threads of the CPU device; 0 uses every processor."`
	Variant string `help:"Force the kernel variant of that name on Vulkan; portable is the one that needs nothing."`
}

// open opens the device so that it times kernels.
func (f *deviceFlags) open(env *app.Env) (gpu.Device, error) {
	flags := app.DeviceFlags{Device: f.Device, Threads: f.Threads, Profile: true, Variant: f.Variant}
	return flags.Open(env)
}
