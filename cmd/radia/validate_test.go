package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

// validate turns the validation layer on for the rest of the test where it is installed; its messages are errors.
func validate(t *testing.T, dir, device string) {
	t.Helper()
	t.Setenv("RADIA_VALIDATE", "1")
	f := share(t)
	code, _, text := command("render", f.model, "-o", filepath.Join(dir, "probe.png"), "--size", "4x4", "--device", device)
	if code == 0 {
		return
	}
	if !strings.Contains(text, "layer") || strings.Contains(text, "Vulkan validation message") {
		t.Fatalf("render under the validation layer: exit code %d\n%s", code, text)
	}
	if testenv.Required("validation") {
		t.Fatalf("RADIA_REQUIRE lists validation, but %s", text)
	}
	t.Logf("without the validation layer: %s", text)
	t.Setenv("RADIA_VALIDATE", "")
}
