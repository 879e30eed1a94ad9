package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/gpu/host"
	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/kernels"
)

// devicesCmd lists what could compute.
type devicesCmd struct {
	Kernels bool `help:"Also list every kernel with the variant that each device would run."`
}

// deviceReport is one device in the JSON output.
type deviceReport struct {
	Select   string            `json:"select"`
	Name     string            `json:"name"`
	Backend  string            `json:"backend"`
	Driver   string            `json:"driver"`
	Kind     string            `json:"kind"`
	API      string            `json:"api,omitempty"`
	Chosen   bool              `json:"chosen"`
	Usable   bool              `json:"usable"`
	Reason   string            `json:"reason"`
	Memory   int64             `json:"memory_bytes"`
	Missing  []string          `json:"missing_features,omitempty"`
	Limits   gpu.Limits        `json:"limits"`
	Coop     []gpu.CoopShape   `json:"cooperative_matrices,omitempty"`
	Variants map[string]string `json:"variants"`
	// Passed says for each kernel why the device runs none of its better variants, at the shape of the base preset.
	Passed map[string][]string `json:"passed_over,omitempty"`
}

func (c *devicesCmd) Run(env *app.Env) error {
	var all []deviceReport
	found, err := vulkan.List()
	note := ""
	if err != nil {
		if !errors.Is(err, gpu.ErrNoLoader) && !errors.Is(err, gpu.ErrNoDevice) && !errors.Is(err, gpu.ErrUnsupported) {
			return err
		}
		note = "Vulkan: " + err.Error()
	}
	gpuChosen := false
	for _, f := range found {
		gpuChosen = gpuChosen || f.Chosen
		chosen, passed := variants(&f.Info)
		all = append(all, deviceReport{
			Select: fmt.Sprintf("vulkan:%d", f.Index), Name: f.Info.Name, Backend: f.Info.Backend, Driver: f.Info.Driver, Kind: f.Info.Kind.String(),
			API: f.API, Chosen: f.Chosen, Usable: f.Usable, Reason: f.Reason, Memory: f.Info.MemorySize, Missing: f.Missing,
			Limits: f.Info.Limits, Coop: f.Info.Features.Coop, Variants: chosen, Passed: passed,
		})
	}
	cpu := host.Open(host.Options{})
	defer cpu.Close()
	why := "there is no usable GPU"
	if gpuChosen {
		why = "a GPU comes first"
	}
	i := cpu.Info()
	chosen, _ := variants(i)
	all = append(all, deviceReport{Select: "cpu", Name: i.Name, Backend: i.Backend, Driver: i.Driver, Kind: i.Kind.String(), Chosen: !gpuChosen,
		Usable: true, Reason: why, Memory: i.MemorySize, Limits: i.Limits, Variants: chosen})

	return env.Result(map[string]any{"devices": all, "vulkan": note}, c.text(all, note))
}

// variants names the form of each kernel that the device runs, and what was passed over for it and why.
func variants(i *gpu.Info) (chosen map[string]string, passed map[string][]string) {
	chosen, passed = map[string]string{}, map[string][]string{}
	for _, k := range kernels.All() {
		switch {
		case i.Backend == "host" && k.SIMD != nil:
			chosen[k.Name] = "simd"
		case i.Backend == "host":
			chosen[k.Name] = "twin"
		default:
			c, err := k.Choose(i, k.Layout.SpecValues(nil))
			if passed[k.Name] = c.Passed; len(c.Passed) == 0 {
				delete(passed, k.Name)
			}
			switch {
			case err != nil:
				chosen[k.Name] = "none"
			case c.Variant.Name == "":
				chosen[k.Name] = "portable"
			default:
				chosen[k.Name] = c.Variant.Name
			}
		}
	}
	return chosen, passed
}

func (c *devicesCmd) text(all []deviceReport, note string) string {
	var b strings.Builder
	for _, d := range all {
		mark := " "
		if d.Chosen {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %-9s %s (%s)\n", mark, d.Select, d.Name, d.Kind)
		fmt.Fprintf(&b, "    driver    %s", d.Driver)
		if d.API != "" {
			fmt.Fprintf(&b, ", Vulkan %s", d.API)
		}
		fmt.Fprintf(&b, "\n    memory    %.1f GiB", float64(d.Memory)/(1<<30))
		if d.Backend != "host" {
			l := d.Limits
			fmt.Fprintf(&b, "; binding %.0f MiB, workgroup %d invocations and %d KiB, subgroup %d, push constants %d bytes",
				float64(l.MaxBinding)/(1<<20), l.MaxGroupSize, l.SharedMemory>>10, l.SubgroupSize, l.PushBytes)
		}
		b.WriteString("\n")
		if len(d.Coop) > 0 {
			fmt.Fprintf(&b, "    matrices ")
			for _, s := range d.Coop {
				fmt.Fprintf(&b, " %dx%dx%d->%s", s.M, s.N, s.K, s.Accumulate)
			}
			b.WriteString("\n")
		}
		if len(d.Missing) > 0 {
			fmt.Fprintf(&b, "    without   %s\n", strings.Join(d.Missing, ", "))
		}
		fmt.Fprintf(&b, "    %s\n", d.Reason)
		byForm := map[string][]string{}
		for k, v := range d.Variants {
			byForm[v] = append(byForm[v], k)
		}
		var forms []string
		for f := range byForm {
			forms = append(forms, f)
		}
		sort.Strings(forms)
		for _, f := range forms {
			if !c.Kernels {
				fmt.Fprintf(&b, "    kernels   %d %s\n", len(byForm[f]), f)
				continue
			}
			sort.Strings(byForm[f])
			fmt.Fprintf(&b, "    %-9s %s\n", f, strings.Join(byForm[f], " "))
		}
		for _, name := range slices.Sorted(maps.Keys(d.Passed)) {
			fmt.Fprintf(&b, "    %s runs %s, not %s\n", name, d.Variants[name], strings.Join(d.Passed[name], "; not "))
		}
	}
	if note != "" {
		fmt.Fprintf(&b, "%s\n", note)
	}
	b.WriteString("* is what --device auto takes.\n")
	return b.String()
}
