package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder stands in for a test so that Skip and Fatal can be seen.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper() {}
func (r *recorder) Skipf(f string, a ...any) {
	r.skipped = f
}
func (r *recorder) Fatalf(f string, a ...any) {
	r.failed = f
}

func TestSkipCountsOrFails(t *testing.T) {
	t.Setenv("RADIA_REQUIRE", "vulkan")
	before := Skips("teapot")
	r := &recorder{TB: t}
	Skip(r, "teapot", "none")
	if r.skipped == "" || r.failed != "" || Skips("teapot") != before+1 {
		t.Fatalf("skip: skipped %q failed %q count %d", r.skipped, r.failed, Skips("teapot"))
	}
	t.Setenv("RADIA_REQUIRE", "vulkan, teapot")
	r = &recorder{TB: t}
	Skip(r, "teapot", "none")
	if r.failed == "" || r.skipped != "" || Skips("teapot") != before+1 {
		t.Fatal("a required resource must fail the test, not skip it")
	}
	mu.Lock()
	delete(skips, "teapot")
	mu.Unlock()
}

func TestRootAndData(t *testing.T) {
	if _, err := os.Stat(filepath.Join(Root(), "go.mod")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("RADIA_DATA", dir)
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := Data(t, "a.txt"); !strings.HasPrefix(got, dir) {
		t.Fatalf("Data = %s", got)
	}
	t.Setenv("RADIA_REQUIRE", "data")
	r := &recorder{TB: t}
	Data(r, "absent.txt")
	if r.failed == "" {
		t.Fatal("absent required data must fail")
	}
}
