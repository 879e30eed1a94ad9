package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/radia-go/radia/gpu/vulkan"
	"github.com/radia-go/radia/internal/testenv"
)

// asProgram makes the test binary be radia itself, for tests that need a process of their own.
const asProgram = "RADIA_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	flag.Parse()
	if testing.Short() { // whole trainings: the race detector would need many minutes for them
		fmt.Println("commands are tested at full length only")
		os.Exit(0)
	}
	code := testenv.Main(m)
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// tinyConfig is the smallest network the kernels have, so that a step takes milliseconds. The verb is the learning rate.
const tinyConfig = `{
	"loss": {"otype": "L2"},
	"optimizer": {"otype": "Ema", "decay": 0.95, "nested": {"otype": "ExponentialDecay", "decay_start": 20000, "decay_interval": 10000, "decay_base": 0.33,
		"nested": {"otype": "Adam", "learning_rate": %s, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-15, "l2_reg": 1e-6}}},
	"encoding": {"otype": "HashGrid", "n_levels": 2, "n_features_per_level": 2, "log2_hashmap_size": 12, "base_resolution": 16, "per_level_scale": 2},
	"network": {"otype": "FullyFusedMLP", "activation": "ReLU", "output_activation": "None", "n_neurons": 16, "n_hidden_layers": 1},
	"dir_encoding": {"otype": "SphericalHarmonics", "degree": 4},
	"rgb_network": {"otype": "FullyFusedMLP", "activation": "ReLU", "output_activation": "None", "n_neurons": 16, "n_hidden_layers": 1}
}`

// fixture is a scene, a configuration and a model that tests read and never write.
type fixture struct {
	dir, scene, config, model string
	trained                   map[string]any // what training the model reported
}

var (
	shared     fixture
	shareOnce  sync.Once
	shareError error
)

func share(t *testing.T) *fixture {
	t.Helper()
	shareOnce.Do(func() {
		if shared.dir, shareError = os.MkdirTemp("", "radia-cli"); shareError != nil {
			return
		}
		in := func(name string) string { return filepath.Join(shared.dir, name) }
		shared.scene, shared.config, shared.model = in("scene"), in("tiny.json"), in("model.msgpack")
		if shareError = os.WriteFile(shared.config, fmt.Appendf(nil, tinyConfig, "1e-2"), 0o666); shareError != nil {
			return
		}
		if code, _, text := command("synth", shared.scene, "--views", "12", "--test", "3", "--size", "24"); code != 0 {
			shareError = fmt.Errorf("synth: exit code %d: %s", code, text)
			return
		}
		code, out, text := command(shared.train(shared.model, "--steps", "24", "--json")...)
		if code != 0 {
			shareError = fmt.Errorf("train: exit code %d: %s", code, text)
			return
		}
		shareError = json.Unmarshal([]byte(out), &shared.trained)
	})
	if shareError != nil {
		t.Fatal(shareError)
	}
	return &shared
}

// train is the command line of a training of the shared scene on the CPU, unless more names another device.
func (f *fixture) train(out string, more ...string) []string {
	args := []string{"train", f.scene, "-o", out, "--config", f.config, "--batch", "1024"}
	if !slices.Contains(more, "--device") {
		args = append(args, "--device", "cpu")
	}
	return append(args, more...)
}

// command runs radia in this process.
func command(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

// succeed runs a command that must end with code 0.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	code, out, text := command(args...)
	if code != 0 {
		t.Fatalf("radia %s: exit code %d\n%s", strings.Join(args, " "), code, text)
	}
	return out
}

// object runs a command with --json and checks that it prints one object with exactly these keys.
func object(t *testing.T, keys string, args ...string) map[string]any {
	t.Helper()
	var v map[string]any
	decoder := json.NewDecoder(strings.NewReader(succeed(t, append(args, "--json")...)))
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", args[0], err)
	}
	if decoder.More() {
		t.Fatalf("%s: more than one object", args[0])
	}
	checkKeys(t, args[0], v, keys)
	return v
}

func checkKeys(t *testing.T, what string, v map[string]any, keys string) {
	t.Helper()
	want := strings.Fields(keys)
	sort.Strings(want)
	got := make([]string, 0, len(v))
	for k := range v {
		got = append(got, k)
	}
	sort.Strings(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: keys\n%v, want\n%v", what, got, want)
	}
}

func number(t *testing.T, v map[string]any, key string) float64 {
	t.Helper()
	n, ok := v[key].(float64)
	if !ok {
		t.Fatalf("%s is %v, not a number", key, v[key])
	}
	return n
}

// software is the name of a Vulkan device for tests; the test is skipped where there is none.
func software(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a training on a software Vulkan driver takes long")
	}
	found, err := vulkan.List()
	if err != nil {
		testenv.Skip(t, "vulkan", "%v", err)
	}
	for _, f := range found {
		if f.Usable {
			return fmt.Sprintf("vulkan:%d", f.Index)
		}
	}
	testenv.Skip(t, "vulkan", "no usable Vulkan device among %d", len(found))
	return ""
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
