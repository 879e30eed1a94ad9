// Command gotest runs the test lanes of the repository one after another and ends with the skipped tests, counted by
// reason: a skip that nobody sees looks like a pass. Failures are printed whole, passing packages as one line.
//
//	go run ./tools/gotest              every lane
//	go run ./tools/gotest race         the lanes named
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sort"
	"strings"
	"time"
)

// lane is one run of go test.
type lane struct {
	name, why string
	env       []string
	args      []string
	// emulator runs the programs of another architecture: the first of these names that the system has. Without one the
	// lane is skipped and counted, or fails where RADIA_REQUIRE lists the lane.
	emulator []string
}

// arm64 is the environment of the lanes of that architecture, and arm64Emulators what runs them elsewhere.
var (
	arm64          = []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64"}
	arm64Emulators = []string{"qemu-aarch64-static", "qemu-aarch64"}
)

// withForms are the conformance cases of kernels that have a vector form.
const withForms = "^TestCases$/^(nerf_(infer|density|backward)|mlp_.*|grid_encode.*|adam|occupancy_.*|composite_.*|march_.*|render_(march|composite))$"

var lanes = []lane{
	{"full", "every test, at full size", nil, []string{"-shuffle=on", "-timeout=20m", "./..."}, nil},
	{"race", "every package under the race detector, long tests shortened", nil,
		[]string{"-race", "-short", "-shuffle=on", "-timeout=20m", "./..."}, nil},
	{"pure", "without cgo: the CPU device and everything above it", []string{"CGO_ENABLED=0"},
		[]string{"-short", "-shuffle=on", "-timeout=20m", "./..."}, nil},
	{"twins", "without vector instructions: the fallback in plain Go", []string{"CGO_ENABLED=0", "RADIA_SIMD=off"},
		[]string{"-short", "-shuffle=on", "-timeout=20m", "./kernels/...", "./gpu/...", "./field/..."}, nil},
	{"avx2", "the vector forms of processors without AVX-512", []string{"CGO_ENABLED=0", "RADIA_SIMD=avx2"},
		[]string{"-short", "-shuffle=on", "-timeout=20m", "./kernels/..."}, nil},
	{"arm64", "the vector forms of arm64, emulated", arm64, []string{"-short", "-timeout=20m", "./kernels", "./kernels/simd"}, arm64Emulators},
	{"arm64-cases", "kernels with a vector form against their twins on arm64, emulated", arm64,
		[]string{"-short", "-timeout=20m", "-run", withForms, "./kernels/conformance"}, arm64Emulators},
}

func main() {
	chosen := lanes
	if len(os.Args) > 1 {
		chosen = nil
		for _, name := range os.Args[1:] {
			i := slices.IndexFunc(lanes, func(l lane) bool { return l.name == name })
			if i < 0 {
				fmt.Fprintf(os.Stderr, "gotest: no lane %q\n", name)
				os.Exit(2)
			}
			chosen = append(chosen, lanes[i])
		}
	}
	skips := map[string]int{}
	failed := false
	for _, l := range chosen {
		start := time.Now()
		fmt.Printf("== %s: %s\n", l.name, l.why)
		emulator, missing := l.emulation()
		if missing != "" && !required(os.Getenv("RADIA_REQUIRE"), l.name) {
			fmt.Printf("== %s: SKIPPED: %s\n", l.name, missing)
			skips[l.name+": the whole lane: "+missing]++
			continue
		}
		if missing != "" {
			fmt.Printf("== %s: FAILED: RADIA_REQUIRE lists it, but %s\n", l.name, missing)
			failed = true
			continue
		}
		if err := l.run(emulator, skips); err != nil {
			fmt.Printf("== %s: FAILED: %v\n", l.name, err)
			failed = true
			continue
		}
		fmt.Printf("== %s: passed in %v\n", l.name, time.Since(start).Round(time.Second))
	}
	report(os.Stdout, skips)
	if failed {
		os.Exit(1)
	}
}

// emulation is the argument that runs the lane's programs, or what is missing for that.
func (l *lane) emulation() (emulator []string, missing string) {
	if len(l.emulator) == 0 || slices.Contains(l.env, "GOARCH="+runtime.GOARCH) && slices.Contains(l.env, "GOOS="+runtime.GOOS) {
		return nil, ""
	}
	for _, name := range l.emulator {
		if path, err := exec.LookPath(name); err == nil {
			return []string{"-exec", path}, ""
		}
	}
	return nil, "there is no " + strings.Join(l.emulator, " or ")
}

// required reports whether a list of required resources names one.
func required(list, name string) bool {
	for _, k := range strings.Split(list, ",") {
		if strings.TrimSpace(k) == name {
			return true
		}
	}
	return false
}

func (l *lane) run(emulator []string, skips map[string]int) error {
	cmd := exec.Command("go", slices.Concat([]string{"test", "-json"}, emulator, l.args)...)
	cmd.Env = append(os.Environ(), l.env...)
	if slices.Contains(l.env, "CGO_ENABLED=0") {
		cmd.Env = append(cmd.Env, "RADIA_REQUIRE="+withoutVulkan(os.Getenv("RADIA_REQUIRE")))
	}
	cmd.Stderr = os.Stdout
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := follow(out, os.Stdout, l.name, skips); err != nil {
		return err
	}
	return cmd.Wait()
}

// withoutVulkan takes from a list of required resources those that a program without cgo cannot have.
func withoutVulkan(require string) string {
	kinds := strings.Split(require, ",")
	kinds = slices.DeleteFunc(kinds, func(k string) bool {
		k = strings.TrimSpace(k)
		return k == "vulkan" || k == "validation" || k == ""
	})
	return strings.Join(kinds, ",")
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// follow reads go test's events, prints what a person needs and counts skips by lane and reason.
func follow(in io.Reader, w io.Writer, name string, skips map[string]int) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	output := map[string]*strings.Builder{}
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(w, lines.Text())
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if output[key] == nil {
				output[key] = &strings.Builder{}
			}
			output[key].WriteString(e.Output)
		case "build-output":
			fmt.Fprint(w, e.Output)
		case "pass", "fail", "skip":
			text := ""
			if b := output[key]; b != nil {
				text = b.String()
				delete(output, key)
			}
			switch {
			case e.Action == "fail":
				fmt.Fprint(w, text)
				fmt.Fprintf(w, "FAIL %s %s (%.1fs)\n", e.Package, e.Test, e.Elapsed)
			case e.Action == "skip" && e.Test != "":
				skips[name+": "+reason(text)]++
			case e.Action == "pass" && e.Test == "":
				fmt.Fprintf(w, "ok   %s (%.1fs)\n", e.Package, e.Elapsed)
			}
		}
	}
	// A process that dies leaves tests without a verdict; what they printed last is the only trace.
	for key, b := range output {
		if strings.Contains(b.String(), "panic:") || strings.Contains(b.String(), "fatal error:") {
			fmt.Fprintf(w, "%s did not end:\n%s", key, b)
		}
	}
	return lines.Err()
}

// reason is the message of a skipped test, without the place in the source.
func reason(output string) string {
	for _, line := range strings.Split(output, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "---") {
			continue
		}
		if _, message, ok := strings.Cut(line, ".go:"); ok {
			if _, m, ok := strings.Cut(message, ": "); ok {
				return m
			}
		}
		return line
	}
	return "no reason given"
}

func report(w io.Writer, skips map[string]int) {
	total := 0
	var reasons []string
	for r, n := range skips {
		total += n
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	fmt.Fprintf(w, "== %d tests skipped\n", total)
	for _, r := range reasons {
		fmt.Fprintf(w, "%5d  %s\n", skips[r], r)
	}
}
