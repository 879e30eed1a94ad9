package source

import (
	"strings"
	"testing"
	"testing/fstest"
)

func tree(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func TestModules(t *testing.T) {
	mods, err := Modules(tree(
		"b.comp", "#include \"lib/x.glsl\"\n//radia:variant coop needs=coop,float16 define=TILE=16 define=A=1 compiler=new target=vulkan1.3\n"+
			"//radia:variant half needs=float16\n",
		"a.comp", "void main() {}\n",
		"lib/x.glsl", "#include \"y.glsl\"\n",
		"lib/y.glsl", "#include \"x.glsl\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, m := range mods {
		files = append(files, m.File())
	}
	if got := strings.Join(files, " "); got != "a.spv b.coop.spv b.half.spv b.spv" {
		t.Errorf("modules %s", got)
	}
	c := mods[1]
	if !c.New || c.Target != "vulkan1.3" || strings.Join(c.Needs, ",") != "coop,float16" || strings.Join(c.Defines, ",") != "TILE=16,A=1" {
		t.Errorf("header read as %+v", c)
	}
}

func TestModulesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"//radia:variant":                                                        "a variant's name",
		"//radia:variant Half needs=float16":                                     "a variant's name",
		"//radia:variant half":                                                   "needs nothing",
		"//radia:variant half needs=float17":                                     `unknown feature "float17"`,
		"//radia:variant half needs=float16 define=x":                            "not NAME=VALUE",
		"//radia:variant half needs=float16 fast":                                `unknown word "fast"`,
		"//radia:variant half needs=float16 compiler=old":                        "unknown compiler",
		"//radia:variants half":                                                  "unknown directive",
		"//radia:variant half needs=float16\n//radia:variant half needs=float16": "declared twice",
		"#include <lib/x.glsl>":                                                  "double quotes",
		"#include \"no.glsl\"":                                                   "a.comp includes no.glsl",
	} {
		if _, err := Modules(tree("a.comp", text+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want it to contain %q", text, err, want)
		}
	}
	if _, err := Modules(tree("Bad-Name.comp", "")); err == nil {
		t.Error("a bad file name is accepted")
	}
}

// TestHashSees everything that decides what the compiler makes, and nothing else.
func TestHashSees(t *testing.T) {
	hashOf := func(files ...string) string {
		mods, err := Modules(tree(files...))
		if err != nil {
			t.Fatal(err)
		}
		return mods[0].Hash
	}
	const inc = "#include \"x.glsl\"\n"
	base := hashOf("a.comp", inc, "x.glsl", "1\n")
	if got := hashOf("a.comp", inc, "x.glsl", "1\r\n", "b.comp", "", "other.glsl", "2"); got != base {
		t.Error("line ends or unrelated files change the hash")
	}
	variant := func(words string) string { return hashOf("a.comp", "//radia:variant v needs=coop "+words+"\n") }
	seen := map[string]string{base: "base"}
	for name, h := range map[string]string{
		"include": hashOf("a.comp", inc, "x.glsl", "2\n"), "shader": hashOf("a.comp", inc+"\n", "x.glsl", "1\n"),
		"plain variant": variant(""), "define": variant("define=A=1"), "other define": variant("define=A=2"),
		"compiler": variant("compiler=new"), "target": variant("target=vulkan1.2"),
	} {
		if other, same := seen[h]; same {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		seen[h] = name
	}
}

func TestManifest(t *testing.T) {
	m := Manifest{"b.spv": {"b.spv", "1", "2"}, "a.spv": {"a.spv", "3", "4"}}
	text := m.String()
	got, err := ParseManifest(text)
	if err != nil || got.String() != text || strings.Index(text, "a.spv") > strings.Index(text, "b.spv") {
		t.Errorf("round trip: %v\n%s", err, got)
	}
	if _, err := ParseManifest("a.spv 1\n"); err == nil {
		t.Error("a short line is accepted")
	}
	if got, _ := ParseManifest(text + "a.spv 9 9\n"); got["a.spv"].Source != "" {
		t.Error("two different lines of one module must match no source")
	}
	if got, _ := ParseManifest(text + "a.spv 3 4\n"); got["a.spv"].Source != "3" {
		t.Error("two equal lines are one")
	}
}
