package jsonc

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestStandardize(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for text, want := range map[string]string{
		`{"a":1,} // end`: "", deep(MaxDepth): "", `["[[[", /* [[ */ 1] // [`: "", `"\"[["`: "",
		"": "empty", " \n": "empty", deep(MaxDepth + 1): "nested deeper", strings.Repeat("[", 1<<20): "nested deeper",
		strings.Repeat(`{"a":`, 1<<16): "nested deeper", "{\"a\":\"\xff\"}": "byte 6 is not UTF-8", "{": "line", `{"a" 1}`: "line 1", "/*": "line",
	} {
		std, err := Standardize([]byte(text))
		if want == "" && (err != nil || !json.Valid(std)) {
			t.Errorf("%.20q: %q, %v", text, std, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%.20q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzStandardize(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,],} // x`))
	f.Add([]byte(`/* [ */ "\\"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := string(b)
		if std, err := Standardize(b); err == nil && !json.Valid(std) {
			t.Fatalf("%q is not standard", std)
		}
		if string(b) != before {
			t.Fatal("the document changed")
		}
	})
}
