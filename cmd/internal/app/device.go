package app

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/check"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/kernels"
)

// DeviceFlags are the flags of every command that computes.
type DeviceFlags struct {
	Device  string `default:"auto" help:"Where to compute: auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME." placeholder:"DEVICE"`
	Threads int    `default:"0" help:"Threads of the CPU device; 0 uses every processor."`
	Profile bool   `help:"Time each kernel and print the shares at the end."`
	Variant string `help:"Force the kernel variant of that name on Vulkan, where a kernel has it and it fits; portable is the one that needs nothing (radia devices says what runs, and why)." placeholder:"NAME"`
	// InstanceExtensions and DeviceExtensions are Vulkan's that a window needs; a device without them is opened all the same.
	InstanceExtensions []string `kong:"-"`
	DeviceExtensions   []string `kong:"-"`
	// Compiling, where not nil, hears of every kernel that is about to be compiled on Vulkan, and how many were before it.
	Compiling func(kernel string, before int) `kong:"-"`
}

// maxThreads is more than any machine has processors; each thread costs memory for its own gradients.
const maxThreads = 1024

// Open opens the chosen device and says in one line which one it is and why. With RADIA_CHECK=1 or RADIA_FROM=KERNEL it
// is one device made of two (see gpu/check).
func (f *DeviceFlags) Open(env *Env) (gpu.Device, error) {
	under, why, err := f.open()
	if err != nil {
		return nil, err
	}
	d, err := check.Wrap(under, func() gpu.Device { return host.Open(host.Options{Threads: f.Threads, Reference: true}) })
	if err != nil {
		under.Close()
		return nil, err
	}
	env.Logf("device: %v (%s)", d.Info(), why)
	return d, nil
}

// Closing closes the device at the end of a command; what it says then, such as a message of the validation layer about the very
// end, is the command's error where that has none.
func Closing(d gpu.Device, err *error) {
	if closing := d.Close(); *err == nil {
		*err = closing
	}
}

func (f *DeviceFlags) open() (d gpu.Device, why string, err error) {
	if v := f.Variant; v != "" {
		if all := kernels.VariantNames(); !slices.Contains(all, v) {
			return nil, "", Usagef("--variant %s: the variants are %s", v, strings.Join(all, ", "))
		}
		defer func() {
			if err == nil && d.Info().Backend != "vulkan" {
				err = Usagef("--variant %s: only Vulkan devices have variants, not %v", v, d.Info())
				d.Close()
				d = nil
			}
		}()
	}
	if f.Threads < 0 || f.Threads > maxThreads {
		return nil, "", Usagef("--threads %d: must be from 0 to %d", f.Threads, maxThreads)
	}
	cpu := func(reference bool) gpu.Device {
		return host.Open(host.Options{Threads: f.Threads, Reference: reference, Profile: f.Profile})
	}
	kind, which, named := strings.Cut(f.Device, ":")
	if named && (kind != "vulkan" || which == "") {
		kind = "" // nothing but vulkan has several, and a colon asks for one
	}
	switch kind {
	case "auto":
		v, err := f.openVulkan("")
		switch {
		case err == nil:
			return v, "the best Vulkan GPU", nil
		case errors.Is(err, gpu.ErrNoDevice), errors.Is(err, gpu.ErrNoLoader), errors.Is(err, gpu.ErrUnsupported):
			return cpu(false), "no Vulkan GPU: " + err.Error(), nil
		}
		return nil, "", err
	case "cpu":
		return cpu(false), "as asked", nil
	case "cpu-reference":
		return cpu(true), "as asked", nil
	case "vulkan":
		if which == "" {
			// Asking for Vulkan by name accepts a software driver when there is no GPU.
			v, err := f.openVulkan("")
			if err == nil {
				return v, "the best Vulkan GPU", nil
			}
			if !errors.Is(err, gpu.ErrNoDevice) {
				return nil, "", err
			}
			which = "software"
		}
		v, err := f.openVulkan(which)
		if err != nil {
			return nil, "", err
		}
		return v, "as asked", nil
	}
	return nil, "", Usagef("--device %s: want auto, cpu, cpu-reference, vulkan, vulkan:N or vulkan:NAME", f.Device)
}

func (f *DeviceFlags) openVulkan(which string) (*vulkan.Device, error) {
	o := vulkan.Options{Select: which, Profile: f.Profile, Variant: f.Variant, Compiling: f.Compiling}
	if len(f.InstanceExtensions)+len(f.DeviceExtensions) > 0 {
		with := o
		with.InstanceExtensions, with.DeviceExtensions = f.InstanceExtensions, f.DeviceExtensions
		if d, err := vulkan.Open(with); err == nil {
			return d, nil
		}
	}
	return vulkan.Open(o)
}

// LogShares prints the time of each kernel where --profile asked for it.
func (f *DeviceFlags) LogShares(env *Env, d gpu.Device) {
	if f.Profile {
		env.Logf("%s", shares(d.Stats()))
	}
}

// shares lists the time of each kernel, longest first.
func shares(stats gpu.Stats) string {
	var names []string
	var total time.Duration
	for name, s := range stats {
		names = append(names, name)
		total += s.Time
	}
	sort.Slice(names, func(i, j int) bool { return stats[names[i]].Time > stats[names[j]].Time })
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %9s %12s %7s  %s", "kernel", "calls", "time", "share", "form")
	for _, name := range names {
		s := stats[name]
		fmt.Fprintf(&b, "\n%-28s %9d %12v %6.1f%%  %s", name, s.Dispatches, s.Time.Round(time.Microsecond), 100*s.Time.Seconds()/max(total.Seconds(), 1e-9), s.Variant)
	}
	return b.String()
}
