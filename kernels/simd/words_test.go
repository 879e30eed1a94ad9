package simd

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// TestWords: every instruction of the arm64 assembly that is written as a word is the one that the comment beside it
// names, by a decoder that knows nothing of the generator.
func TestWords(t *testing.T) {
	files, err := filepath.Glob("*_arm64.s")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^\tWORD (.*)$`)
	words := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			number, comment, ok := strings.Cut(m[1], " // ")
			n, err := strconv.ParseUint(strings.TrimPrefix(number, "$"), 0, 32)
			if !ok || err != nil {
				t.Fatalf("%s: %q is no word with a comment", name, m[1])
			}
			words++
			if err := isWord(uint32(n), comment); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			// The planted faults: another destination, another operand, another operation.
			for _, bit := range []int{0, 7, 29} {
				if isWord(uint32(n)^1<<bit, comment) == nil {
					t.Fatalf("%s: bit %d of %q is not looked at", name, bit, m[1])
				}
			}
		}
	}
	if words == 0 {
		t.Fatal("no words were found")
	}
}

// isWord compares a word with an instruction in GNU's syntax.
func isWord(word uint32, want string) error {
	got := "no instruction"
	if in, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, word)); err == nil {
		got = arm64asm.GNUSyntax(in)
	}
	if got != strings.Replace(want, "#0.0", "#0", 1) { // the decoder writes the zero of a comparison so
		return fmt.Errorf("%#08x is %q, not %q", word, got, want)
	}
	return nil
}
