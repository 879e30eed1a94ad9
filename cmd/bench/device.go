package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
)

// deviceFlags choose where to compute.
type deviceFlags struct {
	Device  string `default:"auto" placeholder:"DEVICE" help:"Where to compute: auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME."`
	Threads int    `default:"0" help:"Threads of the CPU device; 0 uses every processor."`
	Variant string `help:"Force the kernel variant of that name on Vulkan; portable is the one that needs nothing."`
}

// open opens the device with times of kernels.
func (f *deviceFlags) open() (gpu.Device, error) {
	if f.Threads < 0 {
		return nil, usageError(fmt.Sprintf("--threads %d: must not be negative", f.Threads))
	}
	kind, which, named := strings.Cut(f.Device, ":")
	switch {
	case kind == "vulkan":
		return f.vulkan(which)
	case named:
	case kind == "auto":
		d, err := vulkan.Open(vulkan.Options{Profile: true, Variant: f.Variant})
		if errors.Is(err, gpu.ErrNoDevice) || errors.Is(err, gpu.ErrNoLoader) || errors.Is(err, gpu.ErrUnsupported) {
			return f.host(false), nil
		}
		if err != nil {
			return nil, err
		}
		return d, nil
	case kind == "cpu", kind == "cpu-reference":
		return f.host(kind == "cpu-reference"), nil
	}
	return nil, usageError(fmt.Sprintf("--device %s: want auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME", f.Device))
}

func (f *deviceFlags) host(reference bool) gpu.Device {
	return host.Open(host.Options{Threads: f.Threads, Reference: reference, Profile: true})
}

// vulkan opens the device of that number or name; without one the best GPU, or a software driver where there is no GPU.
func (f *deviceFlags) vulkan(which string) (gpu.Device, error) {
	options := vulkan.Options{Select: which, Profile: true, Variant: f.Variant}
	d, err := vulkan.Open(options)
	if which == "" && errors.Is(err, gpu.ErrNoDevice) {
		options.Select = "software"
		d, err = vulkan.Open(options)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}
