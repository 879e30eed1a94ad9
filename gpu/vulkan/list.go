//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"fmt"
	"strings"

	vk "github.com/vulkan-go/vulkan"

	"github.com/radia-go/radia/gpu"
)

// physical is a device that has been looked at but not opened.
type physical struct {
	handle     vk.PhysicalDevice
	caps       *caps
	has        uint32
	extensions map[string]bool
	api        uint32 // of the device
	level      uint32 // what may be used: the lesser of the device's and the instance's
	family     int
	period     float64 // nanoseconds per timestamp tick
	vendor     uint32
	deviceID   uint32
	driver     uint32
	cacheUUID  [16]byte
	heaps      []int64
	types      []memoryType
}

type memoryType struct {
	flags vk.MemoryPropertyFlagBits
	heap  int
}

// List looks at every physical device; it opens none.
func List() ([]Found, error) {
	var opt Options
	if err := opt.resolve(); err != nil {
		return nil, err
	}
	in, err := newInstance(&Options{limits: opt.limits, minimal: opt.minimal})
	if err != nil {
		return nil, err
	}
	defer in.close()
	found, _, err := in.look()
	if err != nil {
		return nil, err
	}
	choose(found, "") // fills the reasons; that nothing is chosen is no error here
	return found, nil
}

// look describes every physical device.
func (in *instance) look() ([]Found, []*physical, error) {
	loader.mu.Lock()
	defer loader.mu.Unlock()
	var n uint32
	if r := vk.EnumeratePhysicalDevices(in.handle, &n, nil); r != vk.Success {
		return nil, nil, fmt.Errorf("%w: the Vulkan loader reports %v", gpu.ErrNoDevice, vk.Error(r))
	}
	if n == 0 {
		return nil, nil, nil
	}
	handles := make([]vk.PhysicalDevice, n)
	if r := vk.EnumeratePhysicalDevices(in.handle, &n, handles); r != vk.Success && r != vk.Incomplete {
		return nil, nil, fmt.Errorf("%w: the Vulkan loader reports %v", gpu.ErrNoDevice, vk.Error(r))
	}
	var found []Found
	var physicals []*physical
	for i, h := range handles[:n] {
		p, f := in.describe(h)
		f.Index = i
		found = append(found, f)
		physicals = append(physicals, p)
	}
	return found, physicals, nil
}

func (in *instance) describe(h vk.PhysicalDevice) (*physical, Found) {
	var props vk.PhysicalDeviceProperties
	vk.GetPhysicalDeviceProperties(h, &props)
	props.Deref()
	props.Limits.Deref()
	defer props.Free()
	l := &props.Limits

	p := &physical{handle: h, api: props.ApiVersion, level: min(props.ApiVersion, in.version), extensions: in.extensions(h),
		vendor: props.VendorID, deviceID: props.DeviceID, driver: props.DriverVersion, cacheUUID: props.PipelineCacheUUID,
		period: float64(l.TimestampPeriod)}
	var stampBits int
	p.family, stampBits = in.family(h)
	p.memory()

	f := Found{API: versionString(props.ApiVersion), Usable: true}
	f.Info = gpu.Info{Name: vk.ToString(props.DeviceName[:]), Backend: "vulkan", Kind: kindOf(props.DeviceType)}
	f.Info.Limits = gpu.Limits{
		MaxBinding:    int64(l.MaxStorageBufferRange),
		MaxGroups:     l.MaxComputeWorkGroupCount,
		MaxGroupSize:  l.MaxComputeWorkGroupInvocations,
		MaxGroupAxes:  l.MaxComputeWorkGroupSize,
		Bindings:      int(min(l.MaxPerStageDescriptorStorageBuffers, l.MaxDescriptorSetStorageBuffers)),
		SharedMemory:  int(l.MaxComputeSharedMemorySize),
		PushBytes:     int(l.MaxPushConstantsSize),
		OffsetAlign:   int(l.MinStorageBufferOffsetAlignment),
		TimestampBits: stampBits,
	}
	if types := p.storageTypes(); types != nil {
		f.Info.MemorySize = p.heaps[p.types[types[0]].heap]
	}
	if p.level < version(1, 1) {
		f.Usable, f.Reason = false, "needs Vulkan 1.1, has "+f.API
		f.Info.Driver = fmt.Sprintf("driver %#x", props.DriverVersion)
		return p, f
	}
	for _, e := range []struct {
		bit   uint32
		core  uint32 // version whose core has it, 0: none
		names string
	}{
		{hasFloat16, version(1, 2), "VK_KHR_shader_float16_int8"},
		{hasMemoryModel, version(1, 2), "VK_KHR_vulkan_memory_model"},
		{hasScalar, version(1, 2), "VK_EXT_scalar_block_layout"},
		{hasDriver, version(1, 2), "VK_KHR_driver_properties"},
		{hasSubgroupSize, version(1, 3), "VK_EXT_subgroup_size_control"},
		{hasAtomicFloat, 0, "VK_EXT_shader_atomic_float"},
		{hasCoop, 0, "VK_KHR_cooperative_matrix"},
		{hasBudget, 0, "VK_EXT_memory_budget"},
		{hasNVSM, 0, "VK_NV_shader_sm_builtins"},
		{hasAMDCore, 0, "VK_AMD_shader_core_properties"},
	} {
		if e.core != 0 && p.level >= e.core || p.extensions[e.names] {
			p.has |= e.bit
		}
	}
	p.caps = in.caps(h, p.has)
	f.Info.Driver = p.caps.driver()
	if f.Info.Driver == "" {
		f.Info.Driver = fmt.Sprintf("driver %#x", props.DriverVersion)
	}
	f.Info.Features = p.features()
	f.Info.Limits.SubgroupSize = int(p.caps.c.subgroupSize)
	f.Info.Limits.ComputeUnits = int(p.caps.c.computeUnits)
	f.Info.Limits.MaxAllocation = int64(min(p.caps.c.maxAllocation, 1<<62))
	in.lower(&f.Info)
	f.Missing = f.Info.Features.Missing(featureNames)
	var lacks []string
	if p.family < 0 {
		lacks = append(lacks, "a compute queue")
	}
	if p.storageTypes() == nil {
		lacks = append(lacks, "device memory")
	}
	if n := f.Info.Limits.Bindings; n < gpu.MinBindings {
		lacks = append(lacks, fmt.Sprintf("room for the %d storage buffers of a kernel, only for %d", gpu.MinBindings, n))
	}
	if len(lacks) > 0 {
		f.Usable, f.Reason = false, "has no "+strings.Join(lacks, " and no ")
	}
	return p, f
}

func (p *physical) memory() {
	var props vk.PhysicalDeviceMemoryProperties
	vk.GetPhysicalDeviceMemoryProperties(p.handle, &props)
	props.Deref()
	defer props.Free()
	for i := range int(props.MemoryHeapCount) {
		props.MemoryHeaps[i].Deref()
		p.heaps = append(p.heaps, int64(props.MemoryHeaps[i].Size))
	}
	for i := range int(props.MemoryTypeCount) {
		props.MemoryTypes[i].Deref()
		p.types = append(p.types, memoryType{vk.MemoryPropertyFlagBits(props.MemoryTypes[i].PropertyFlags), int(props.MemoryTypes[i].HeapIndex)})
	}
}

// features translates the device's answers; a cooperative matrix kernel also needs 16-bit floats in memory and the
// memory model.
func (p *physical) features() gpu.Features {
	c := p.caps
	const operations = vk.SubgroupFeatureBasicBit | vk.SubgroupFeatureVoteBit | vk.SubgroupFeatureArithmeticBit | vk.SubgroupFeatureBallotBit
	f := gpu.Features{
		Float16:     c.has(wantFloat16),
		Storage16:   c.has(wantStorage16),
		AtomicFloat: c.has(wantAtomicFloat),
		Subgroup: vk.ShaderStageFlagBits(c.c.subgroupStages)&vk.ShaderStageComputeBit != 0 &&
			vk.SubgroupFeatureFlagBits(c.c.subgroupOps)&operations == operations,
		Shuffle: vk.ShaderStageFlagBits(c.c.subgroupStages)&vk.ShaderStageComputeBit != 0 &&
			vk.SubgroupFeatureFlagBits(c.c.subgroupOps)&vk.SubgroupFeatureFlagBits(vk.SubgroupFeatureShuffleBit) != 0,
	}
	if c.has(wantCoop) && c.has(wantSubgroupSize) && f.Float16 && f.Storage16 {
		f.Coop = c.shapes()
	}
	return f
}

// lower makes a device's limits as strict as RADIA_LIMITS asks.
func (in *instance) lower(info *gpu.Info) {
	info.Limits.Lower(in.limits)
	if in.limits != (gpu.Limits{}) {
		info.Driver += ", with lowered limits"
	}
	if in.minimal {
		info.Features = gpu.Features{}
		info.Limits.TimestampBits = 0
	}
}

func kindOf(t vk.PhysicalDeviceType) gpu.DeviceKind {
	switch t {
	case vk.PhysicalDeviceTypeDiscreteGpu:
		return gpu.KindDiscrete
	case vk.PhysicalDeviceTypeIntegratedGpu:
		return gpu.KindIntegrated
	case vk.PhysicalDeviceTypeCpu:
		return gpu.KindSoftware
	}
	return gpu.KindVirtual
}
