package host

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/cpu"
)

// processorName is the model name of the first processor, or the architecture where the system does not say.
func processorName() string {
	if v := procField("/proc/cpuinfo", "model name"); v != "" {
		return v
	}
	return runtime.GOARCH + " processor"
}

// instructionSets lists the vector instruction sets that the SIMD kernels can use here.
func instructionSets(reference bool) []string {
	if reference {
		return []string{"reference twins"}
	}
	var sets []string
	add := func(name string, has bool) {
		if has {
			sets = append(sets, name)
		}
	}
	add("AVX2", cpu.X86.HasAVX2)
	add("FMA", cpu.X86.HasFMA)
	add("AVX-512", cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL)
	add("NEON", cpu.ARM64.HasASIMD)
	if len(sets) == 0 {
		sets = []string{"pure Go"}
	}
	return sets
}

// systemMemory is the machine's memory in bytes; 64 GiB where the system does not say.
func systemMemory() int64 {
	kib := strings.TrimSuffix(procField("/proc/meminfo", "MemTotal"), " kB")
	if n, err := strconv.ParseInt(strings.TrimSpace(kib), 10, 64); err == nil {
		return n << 10
	}
	return 64 << 30
}

// procField returns the value of the first "name : value" line of a /proc file, or "".
func procField(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
