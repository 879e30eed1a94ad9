// Package vulkan is the gpu.Device on Vulkan 1.1 and later. It opens the loader at run time, so a program that
// contains it starts on a machine without Vulkan, and says so in one line when a device is asked for.
//
// github.com/vulkan-go/vulkan supplies the constants, the handle types, the enumeration of physical devices and their
// limits. Every call that takes slices or runs often is made by the C files beside this one: that binding frees the
// C copies of slices by a finalizer, which may run during the call, so its slices are not used at all.
package vulkan

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/radia-go/radia/gpu"
)

// Options say which device to open and how.
type Options struct {
	// Select chooses the device: "" the best one (discrete, then integrated, then virtual; never a software driver),
	// a number the device of that index in List, "software" the first software driver, anything else the first device
	// whose name contains it, letter case ignored.
	Select string
	// Validate loads the Khronos validation layer; each of its warnings and errors becomes gpu.ErrValidation from the
	// next Submit, Wait or Close. RADIA_VALIDATE=1 sets it; RADIA_VALIDATE=sync adds the check of synchronisation,
	// RADIA_VALIDATE=errors leaves warnings out.
	Validate     bool
	ValidateSync bool
	// Profile times every dispatch on the device; see Stats.
	Profile bool
	// Sync runs commands one by one and waits for each, so that an error names its kernel; Stats then holds the time
	// seen from the host. RADIA_SYNC=1 sets it.
	Sync bool
	// Variant forces the kernel variant of that name where a kernel has it: "portable" is the one without needs.
	Variant string
	// Disable names features to treat as absent: float16, storage16, atomicFloat, subgroup, shuffle, coop. RADIA_DISABLE
	// adds to it, separated by commas.
	Disable []string
	// CacheDir holds compiled pipelines; "" is radia in the user's cache folder, "none" keeps no file.
	CacheDir string
	// MaxMemory refuses allocations beyond this many bytes in all; 0 leaves it to the driver.
	MaxMemory int64
	// SplitEvery closes a submission after so many dispatches, so that a long recording does not trip a watchdog or
	// starve the display; 0 never does.
	SplitEvery int
	// SplitAfter is how long a recording that is submitted again may keep the device busy: one that was seen to take longer
	// is handed over in pieces from then on, down to single dispatches. 0 is a fifth of a second where a display may hang
	// on the device, and never on a software driver; negative is never.
	SplitAfter time.Duration
	// Compiling, where not nil, is called before a kernel is compiled, which happens when it is submitted first, with its name and how many
	// were compiled before it.
	Compiling func(kernel string, before int)
	// InstanceExtensions and DeviceExtensions are enabled besides those the package needs, for a window's swapchain.
	InstanceExtensions, DeviceExtensions []string
	// Limits lowers what the device says of itself, and holds kernels and buffers to it: "minimal" is the least that Vulkan
	// allows, without any optional feature; see gpu.ParseLimits. RADIA_LIMITS sets it.
	Limits string

	limits     gpu.Limits
	minimal    bool
	errorsOnly bool
}

// Found is one physical device as List reports it.
type Found struct {
	Index   int
	Info    gpu.Info
	API     string   // Vulkan version of the device, "1.3.230"
	Missing []string // optional features it lacks, names as in gpu.Variant.Needs
	Usable  bool     // false: Reason says what it lacks
	Chosen  bool     // the device that Options.Select takes
	Reason  string   // why it is or is not used
}

// featureNames are the optional features in the order they are reported.
var featureNames = []string{"float16", "storage16", "atomicFloat", "subgroup", "shuffle", "coop"}

// resolve adds what the environment says and checks the names.
func (o *Options) resolve() error {
	switch v := os.Getenv("RADIA_VALIDATE"); v {
	case "", "0":
	case "sync":
		o.Validate, o.ValidateSync = true, true
	case "errors":
		o.Validate, o.errorsOnly = true, true
	default:
		o.Validate = true
	}
	if v := os.Getenv("RADIA_SYNC"); v != "" && v != "0" {
		o.Sync = true
	}
	if o.Limits == "" {
		o.Limits = os.Getenv("RADIA_LIMITS")
	}
	if o.Limits != "" {
		var err error
		if o.limits, o.minimal, err = gpu.ParseLimits(o.Limits); err != nil {
			return err
		}
	}
	o.Disable = append([]string(nil), o.Disable...)
	for _, name := range strings.Split(os.Getenv("RADIA_DISABLE"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			o.Disable = append(o.Disable, name)
		}
	}
	for _, name := range o.Disable {
		known := false
		for _, f := range featureNames {
			known = known || f == name
		}
		if !known {
			return fmt.Errorf("cannot disable feature %q: the features are %s", name, strings.Join(featureNames, ", "))
		}
	}
	return nil
}

// disable removes the named features from f.
func disable(f *gpu.Features, names []string) {
	for _, n := range names {
		switch n {
		case "float16":
			f.Float16 = false
		case "storage16":
			f.Storage16 = false
		case "atomicFloat":
			f.AtomicFloat = false
		case "subgroup":
			f.Subgroup = false
		case "shuffle":
			f.Shuffle = false
		case "coop":
			f.Coop = nil
		}
	}
}

// choose marks the device that sel asks for and gives every device its reason.
func choose(found []Found, sel string) (int, error) {
	pick := -1
	why := ""
	var err error
	index, numErr := strconv.Atoi(sel)
	switch {
	case len(found) == 0:
		return -1, fmt.Errorf("%w: the Vulkan loader knows no device; is a driver installed?", gpu.ErrNoDevice)
	case sel == "":
		for i, f := range found {
			if f.Usable && f.Info.Kind != gpu.KindSoftware && (pick < 0 || f.Info.Kind < found[pick].Info.Kind) {
				pick = i
			}
		}
		if pick >= 0 {
			why = "best usable device, a " + found[pick].Info.Kind.String() + " one"
		} else {
			err = fmt.Errorf("%w: %s", gpu.ErrNoDevice, refusal(found))
		}
	case numErr == nil:
		if index < 0 || index >= len(found) {
			err = fmt.Errorf("%w: device %d asked for, there are %d, counted from 0", gpu.ErrNoDevice, index, len(found))
			break
		}
		pick, why = index, "asked for by number"
	default:
		for i, f := range found {
			match := strings.Contains(strings.ToLower(f.Info.Name), strings.ToLower(sel))
			if sel == "software" {
				match = f.Info.Kind == gpu.KindSoftware
			}
			if match && (pick < 0 || !found[pick].Usable && f.Usable) {
				pick = i
			}
		}
		why = fmt.Sprintf("asked for as %q", sel)
		if pick < 0 {
			err = fmt.Errorf("%w: none of the %d devices is called %q", gpu.ErrNoDevice, len(found), sel)
		}
	}
	if pick >= 0 && !found[pick].Usable {
		err = fmt.Errorf("%w: %s: %s", gpu.ErrUnsupported, found[pick].Info.Name, found[pick].Reason)
	}
	for i := range found {
		f := &found[i]
		switch {
		case !f.Usable:
		case i == pick:
			f.Chosen, f.Reason = true, why
		case f.Info.Kind == gpu.KindSoftware:
			f.Reason = "a software driver, used only when asked for"
		default:
			f.Reason = "another device comes first"
		}
	}
	if err != nil {
		return -1, err
	}
	return pick, nil
}

// refusal says why none of the devices is taken by default.
func refusal(found []Found) string {
	var parts []string
	for _, f := range found {
		why := f.Reason
		if f.Usable {
			why = `a software driver, select it with "software"`
		}
		parts = append(parts, f.Info.Name+": "+why)
	}
	return strings.Join(parts, "; ")
}
