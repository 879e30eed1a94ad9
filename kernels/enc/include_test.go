package enc

import (
	"flag"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write shaders/enc/zz_all.glsl")

const includePath = "../../shaders/enc/zz_all.glsl"

func TestInclude(t *testing.T) {
	if *update {
		if err := os.WriteFile(includePath, []byte(Include()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(includePath)
	if err != nil || string(have) != Include() {
		t.Errorf("%s is not what the registry says (error %v): go test ./kernels/enc -run TestInclude -update", includePath, err)
	}
	if strings.Replace(Include(), "case 1u: frequency", "case 1u: identity", 1) == Include() {
		t.Error("planted fault: a wrong switch is not seen")
	}
}

// Every encoding has a section in docs/encodings.md with its otype, its parameters and their defaults in a JSON example.
func TestDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/encodings.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range All() {
		if missing := documented(string(doc), e); missing != "" {
			t.Errorf("docs/encodings.md: %s: no %s", e.OType, missing)
		}
	}
	if documented(string(doc), &Encoding{OType: "Unheard"}) == "" {
		t.Error("planted fault: an encoding without a section is not seen")
	}
	if documented(string(doc), &Encoding{OType: "Identity", Params: []Param{{Key: "scale", Default: 2}}}) == "" {
		t.Error("planted fault: a wrong default is not seen")
	}
}

func documented(doc string, e *Encoding) string {
	_, section, ok := strings.Cut(doc, "\n## "+e.OType+"\n")
	if !ok {
		return "section"
	}
	section, _, _ = strings.Cut(section, "\n## ")
	if !strings.Contains(section, `"otype": "`+e.OType+`"`) {
		return "JSON example"
	}
	for _, p := range e.Params {
		if !regexp.MustCompile(`"` + p.Key + `": ` + regexp.QuoteMeta(strconv.FormatFloat(p.Default, 'g', -1, 64)) + `[,} ]`).MatchString(section) {
			return p.Key + " with its default " + strconv.FormatFloat(p.Default, 'g', -1, 64)
		}
	}
	return ""
}
