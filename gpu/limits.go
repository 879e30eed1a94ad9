package gpu

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MinBindings is the number of storage buffers that a device must bind to one kernel. Vulkan itself promises four, with
// which a training step cannot be made; a device with fewer than this is refused when it is listed.
const MinBindings = 12

// MinimalLimits are the least that Vulkan 1.3 allows a device to have (specification, section "Required Limits"), but for
// MinBindings. Every kernel has a form that runs within them.
var MinimalLimits = Limits{
	MaxBinding:    1 << 27,
	MaxAllocation: 1 << 30,
	MaxGroups:     [3]uint32{65535, 65535, 65535},
	MaxGroupSize:  128,
	MaxGroupAxes:  [3]uint32{128, 128, 64},
	Bindings:      MinBindings,
	SharedMemory:  16 << 10,
	PushBytes:     128,
	SubgroupSize:  1,
	OffsetAlign:   256,
}

// ParseLimits reads what RADIA_LIMITS says, a list separated by commas: "minimal" (MinimalLimits, no optional feature),
// then single limits that replace its numbers: binding:BYTES, allocation:BYTES, shared:BYTES, group:INVOCATIONS,
// bindings:N. What is 0 in the result is not lowered.
func ParseLimits(s string) (l Limits, minimal bool, err error) {
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		if part == "minimal" {
			l, minimal = MinimalLimits, true
			continue
		}
		what, value, _ := strings.Cut(part, ":")
		n, numErr := strconv.ParseUint(value, 10, 31)
		if numErr != nil || n == 0 {
			numErr = errors.New("not a number")
		}
		switch what {
		case "binding":
			l.MaxBinding = int64(n)
		case "allocation":
			l.MaxAllocation = int64(n)
		case "shared":
			l.SharedMemory = int(n)
		case "group":
			l.MaxGroupSize = uint32(n)
		case "bindings":
			l.Bindings = int(n)
		default:
			numErr = errors.New("no such limit")
		}
		if numErr != nil {
			return Limits{}, false, fmt.Errorf("RADIA_LIMITS=%s: %q is none of minimal, binding:BYTES, allocation:BYTES, shared:BYTES, group:N, bindings:N", s, part)
		}
	}
	return l, minimal, nil
}

// Lower makes each limit as strict as that of to; what is 0 there stays.
func (l *Limits) Lower(to Limits) {
	lower(&l.MaxBinding, to.MaxBinding)
	lower(&l.MaxAllocation, to.MaxAllocation)
	lower(&l.MaxGroupSize, to.MaxGroupSize)
	for axis := range 3 {
		lower(&l.MaxGroups[axis], to.MaxGroups[axis])
		lower(&l.MaxGroupAxes[axis], to.MaxGroupAxes[axis])
	}
	lower(&l.Bindings, to.Bindings)
	lower(&l.SharedMemory, to.SharedMemory)
	lower(&l.PushBytes, to.PushBytes)
	lower(&l.SubgroupSize, to.SubgroupSize)
	l.OffsetAlign = max(l.OffsetAlign, to.OffsetAlign) // powers of two
}

func lower[T int | int64 | uint32](v *T, to T) {
	if to > 0 {
		*v = min(*v, to)
	}
}
