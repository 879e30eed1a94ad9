package math32

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// numerals lists the numbers with a fraction of six digits or more, in the order in which they stand.
func numerals(text string) []string {
	return regexp.MustCompile(`[0-9]+\.[0-9]{6,}(e-?[0-9]+)?`).FindAllString(text, -1)
}

// The Go and GLSL forms hold the same coefficients in the same order.
func TestShaderHasTheSameCoefficients(t *testing.T) {
	glsl, err := os.ReadFile("../../shaders/lib/math.glsl")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("math32.go")
	if err != nil {
		t.Fatal(err)
	}
	body := func(s, from string) []string {
		_, rest, ok := strings.Cut(s, from)
		if !ok {
			t.Fatalf("%q is not there", from)
		}
		var code []string
		for _, line := range strings.Split(rest, "\n") {
			if !strings.HasPrefix(strings.TrimSpace(line), "//") {
				code = append(code, line)
			}
		}
		return numerals(strings.Join(code, "\n"))
	}
	a, b := body(string(glsl), "float rExp("), body(string(source), "func Exp(")
	if len(a) < 25 || !slices.Equal(a, b) {
		t.Errorf("GLSL %v\nGo   %v", a, b)
	}
	if slices.Equal(a, body(strings.Replace(string(source), "0.126223", "0.126224", 1), "func Exp(")) {
		t.Error("planted fault: a changed digit is not seen")
	}
}
