package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestFailedBench loses the device, or its memory, in the middle of every measurement: exit code 1, one line that says so, and no
// figure of what did not end.
func TestFailedBench(t *testing.T) {
	smallScene(t)
	commands := map[string][]string{
		"nerf":   {"--preset", "small", "--size", "16x12", "--frames", "1", "--train-time", "1ms"},
		"fusion": {"--preset", "small", "--size", "16x12", "--frames", "1"},
		"apps":   {"--size", "16x12", "--frames", "1"},
	}
	for name, flags := range commands {
		for fault, want := range map[string]string{"lost": "device lost", "memory": "out of device memory"} {
			for _, at := range []int{9, 40} {
				if testing.Short() && name != "fusion" {
					continue
				}
				if name == "apps" && (at == 9) == (fault == "lost") { // whose tables are large
					continue
				}
				t.Setenv("RADIA_FAULT", fmt.Sprintf("%s:%d", fault, at))
				var out, errs bytes.Buffer
				code := run(append([]string{name, "--json", "--device", "cpu"}, flags...), &out, &errs)
				text := strings.TrimSuffix(errs.String(), "\n")
				last := text[strings.LastIndex(text, "\n")+1:]
				if code != 1 || strings.Count(text, "bench: ") != 1 || !strings.HasPrefix(last, "bench: ") || !strings.Contains(last, want) || strings.Contains(out.String(), `"frame_ms"`) {
					t.Errorf("%s, %s %d: code %d, stdout %q, stderr\n%s", name, fault, at, code, out.String(), text)
				}
			}
		}
	}
}
