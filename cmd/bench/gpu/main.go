// Command gpu times the fused NeRF kernels on a Vulkan device, after their conformance cases have passed there, and prints
// them beside the device's ceilings.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/radia-go/radia/cmd/bench/gpubench"
	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/gpu/vulkan"
)

type options struct {
	Device   string   `help:"Vulkan device: empty for the best one, a number, part of a name, or software."`
	Variants []string `help:"Kernel variants." default:"coop,packed,portable"`
	Kernels  []string `help:"Kernels." default:"nerf_infer"`
	Presets  []string `help:"Presets." default:"ngpc-2022,ingp-2023,small"`
	Points   []string `help:"random, rays." default:"random,rays"`
	Tables   []string `help:"Tables of halves (f16) or floats (f32)." default:"f16,f32"`
	Log2     []int    `name:"log2" help:"Samples as powers of two." default:"20,22"`
	Groups   []int    `help:"Workgroups, 0 for what the kernel asks for." default:"0"`
	Repeats  int      `help:"Timed repeats; the median counts." default:"9"`
	Scale    int      `help:"Amount of work in the ceilings; 1 for a software device." default:"1000"`
	JSON     bool     `help:"Print one JSON object a line."`
}

func main() {
	var opt options
	os.Exit(app.Program("bench-gpu", "Times the fused NeRF kernels on a Vulkan device.", "", &opt, &opt.JSON, os.Args[1:], os.Stdout, os.Stderr))
}

// check refuses wrong values of flags.
func (opt *options) check() error {
	var presets []string
	for _, p := range gpubench.Presets {
		presets = append(presets, p.Name)
	}
	for _, f := range []struct {
		flag        string
		given, know []string
	}{
		{"--kernels", opt.Kernels, []string{"nerf_infer", "nerf_density", "nerf_backward"}}, {"--presets", opt.Presets, presets},
		{"--points", opt.Points, []string{"random", "rays"}}, {"--tables", opt.Tables, []string{"f16", "f32"}},
	} {
		for _, v := range f.given {
			if !slices.Contains(f.know, v) {
				return app.Usagef("%s %s: want %s", f.flag, v, strings.Join(f.know, ", "))
			}
		}
	}
	for _, n := range opt.Log2 {
		if n < 1 || n > 26 {
			return app.Usagef("--log2 %d: must be from 1 to 26", n)
		}
	}
	for _, n := range opt.Groups {
		if n < 0 {
			return app.Usagef("--groups %d: must not be negative", n)
		}
	}
	if opt.Repeats < 1 || opt.Scale < 1 {
		return app.Usagef("--repeats and --scale must be at least 1")
	}
	return nil
}

// Run implements the program.
func (opt *options) Run() error {
	if err := opt.check(); err != nil {
		return err
	}
	for i, variant := range opt.Variants {
		d, err := vulkan.Open(vulkan.Options{Select: opt.Device, Variant: variant, Profile: true, CacheDir: "none"})
		if err != nil {
			return err
		}
		err = measure(d, opt, variant, i == 0)
		if cerr := d.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func measure(d *vulkan.Device, opt *options, variant string, first bool) error {
	c, err := gpubench.MeasureCeilings(d, opt.Scale, opt.Repeats)
	if err != nil {
		return err
	}
	if first && !opt.JSON {
		fmt.Println(d.Info())
		fmt.Printf("ceilings: %.1f TFLOP/s fp16 matrices, %.2f G/s random loads of 8 bytes from %d MiB\n", c.TeraFLOPS, c.GigaGathers, gpubench.GatherBytes>>20)
	}
	for _, kernel := range opt.Kernels {
		cases, err := gpubench.Verify(d, kernel)
		if err != nil {
			return fmt.Errorf("not timed, because it is wrong: %w", err)
		}
		if !opt.JSON {
			fmt.Printf("%s: %d conformance cases passed, variant %q asked for\n", kernel, cases, variant)
			fmt.Printf("%-10s %-6s %-5s %4s %7s %-8s %10s %8s %9s %8s\n", "preset", "points", "table", "log2", "groups", "variant", "Msample/s", "TFLOP/s", "Gloads/s", "ceiling")
		}
		if err := table(d, opt, kernel, c); err != nil {
			return err
		}
	}
	return nil
}

func table(d *vulkan.Device, opt *options, kernel string, c gpubench.Ceilings) error {
	for _, p := range gpubench.Presets {
		if !slices.Contains(opt.Presets, p.Name) {
			continue
		}
		for _, half := range []bool{true, false} {
			name := map[bool]string{true: "f16", false: "f32"}[half]
			if !slices.Contains(opt.Tables, name) {
				continue
			}
			for _, points := range opt.Points {
				for _, log2 := range opt.Log2 {
					for _, groups := range opt.Groups {
						r, err := gpubench.Measure(d, gpubench.Run{Preset: p, Kernel: kernel, Points: points, Half: half, Log2N: log2, Groups: groups}, opt.Repeats)
						if err != nil {
							return err
						}
						if opt.JSON {
							line, err := json.Marshal(map[string]any{"device": d.Info().String(), "preset": p.Name, "kernel": kernel,
								"points": points, "table": name, "log2_samples": log2, "groups": groups, "variant": r.Variant,
								"msamples_per_s": r.Msamples, "tflops": r.TeraFLOPS, "gloads_per_s": r.GigaGathers, "of_peak": r.OfCeiling(c)})
							if err != nil {
								return err
							}
							fmt.Println(string(line))
							continue
						}
						variant := r.Variant
						if variant == "" {
							variant = "portable"
						}
						fmt.Printf("%-10s %-6s %-5s %4d %7d %-8s %10.1f %8.2f %9.2f %7.0f%%\n", p.Name, points, name, log2, groups, variant, r.Msamples, r.TeraFLOPS, r.GigaGathers, 100*r.OfCeiling(c))
					}
				}
			}
		}
	}
	return nil
}
