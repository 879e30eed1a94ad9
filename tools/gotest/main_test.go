package main

import (
	"runtime"
	"strings"
	"testing"
)

const events = `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: skipped (vulkan): no loader\n"}
{"Action":"skip","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:9: 2 is not 3\n"}
{"Action":"fail","Package":"p","Test":"TestB","Elapsed":1}
{"Action":"output","Package":"p","Test":"TestC","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestC","Elapsed":1}
{"Action":"output","Package":"p","Test":"TestD","Output":"panic: at the end\n"}
{"Action":"skip","Package":"no/tests","Elapsed":0}
{"Action":"pass","Package":"q","Elapsed":2.5}
not JSON
`

func TestFollow(t *testing.T) {
	var w strings.Builder
	skips := map[string]int{}
	if err := follow(strings.NewReader(events), &w, "race", skips); err != nil {
		t.Fatal(err)
	}
	if len(skips) != 1 || skips["race: skipped (vulkan): no loader"] != 1 {
		t.Errorf("skips %v", skips)
	}
	got := w.String()
	for _, want := range []string{"2 is not 3", "FAIL p TestB", "ok   q (2.5s)", "not JSON", "panic: at the end"} {
		if !strings.Contains(got, want) {
			t.Errorf("output lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "quiet") {
		t.Error("the output of a passing test is printed")
	}
	w.Reset()
	report(&w, skips)
	if !strings.Contains(w.String(), "1 tests skipped") || !strings.Contains(w.String(), "no loader") {
		t.Errorf("report: %s", w.String())
	}
}

func TestEmulation(t *testing.T) {
	l := lane{name: "far", env: []string{"GOOS=plan9", "GOARCH=mips"}, emulator: []string{"no-such-emulator", "neither-this"}}
	if _, missing := l.emulation(); !strings.Contains(missing, "no-such-emulator or neither-this") {
		t.Errorf("missing: %q", missing)
	}
	l.emulator = append(l.emulator, "go") // a program that tests have
	if e, missing := l.emulation(); missing != "" || len(e) != 2 || e[0] != "-exec" || !strings.Contains(e[1], "go") {
		t.Errorf("emulator %q, missing %q", e, missing)
	}
	l.env, l.emulator = []string{"GOOS=" + runtime.GOOS, "GOARCH=" + runtime.GOARCH}, l.emulator[:1]
	if e, missing := l.emulation(); missing != "" || e != nil {
		t.Errorf("at home: emulator %q, missing %q", e, missing)
	}
	if required("vulkan, far", "farther") || !required("vulkan, far", "far") {
		t.Error("required")
	}
}

func TestWithoutVulkan(t *testing.T) {
	for in, want := range map[string]string{"vulkan,data": "data", "": "", "vulkan": "", "data, validation ,vulkan": "data"} {
		if got := withoutVulkan(in); got != want {
			t.Errorf("withoutVulkan(%q) = %q, want %q", in, got, want)
		}
	}
}
