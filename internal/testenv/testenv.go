// Package testenv tells tests where the real data lies and turns an absent resource into a counted skip, or into a failure where the
// environment requires the resource.
//
//   - RADIA_DATA is the folder of real scenes; without it ../shared/data beside the repository is tried.
//   - RADIA_REQUIRE is a comma-separated list ("data", "vulkan", ...); a skip of a listed kind fails.
//
// A skip that nobody counts looks like a pass, so a package whose tests may skip runs them through Main, which prints the count.
package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

var (
	mu    sync.Mutex
	skips = map[string]int{}
)

// Required reports whether RADIA_REQUIRE lists kind.
func Required(kind string) bool {
	for _, k := range strings.Split(os.Getenv("RADIA_REQUIRE"), ",") {
		if strings.TrimSpace(k) == kind {
			return true
		}
	}
	return false
}

// Skip skips the test, counts it under kind, and fails it instead where RADIA_REQUIRE lists kind.
func Skip(t testing.TB, kind, format string, args ...any) {
	t.Helper()
	reason := fmt.Sprintf(format, args...)
	if Required(kind) {
		t.Fatalf("RADIA_REQUIRE lists %q, but %s", kind, reason)
		return
	}
	mu.Lock()
	skips[kind]++
	mu.Unlock()
	t.Skipf("skipped (%s): %s", kind, reason)
}

// Skips returns how many tests were skipped for kind in this process.
func Skips(kind string) int {
	mu.Lock()
	defer mu.Unlock()
	return skips[kind]
}

// Root returns the repository's root folder, found from this source file.
func Root() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "."
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// DataDir returns the folder of real data and whether it exists.
func DataDir() (string, bool) {
	dir := os.Getenv("RADIA_DATA")
	if dir == "" {
		dir = filepath.Join(Root(), "..", "shared", "data")
	}
	st, err := os.Stat(dir)
	return dir, err == nil && st.IsDir()
}

// Data returns the path of a file or folder of the real data, or skips the test ("data") where it is absent.
func Data(t testing.TB, parts ...string) string {
	t.Helper()
	dir, _ := DataDir()
	path := filepath.Join(append([]string{dir}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		Skip(t, "data", "%s is not there (set RADIA_DATA to the folder of real scenes)", filepath.Join(parts...))
	}
	return path
}

// Main runs a package's tests and prints the counted skips. Use it as: func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }.
func Main(m *testing.M) int {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	for kind, n := range skips {
		fmt.Printf("skipped for %s: %d\n", kind, n)
	}
	return code
}
