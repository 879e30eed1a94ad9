// Package jsonc turns JSON with comments and trailing commas from outside into standard JSON, after refusing what recursive
// parsers cannot be given: text that is not UTF-8, and nesting deep enough to exhaust a stack.
package jsonc

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// MaxDepth is the deepest nesting of objects and arrays that is read.
const MaxDepth = 32

// Standardize returns the standard JSON of a document, which is left as it is. Errors are one line long.
func Standardize(data []byte) ([]byte, error) {
	if err := Check(data); err != nil {
		return nil, err
	}
	std, err := hujson.Standardize(append(data[:len(data):len(data)], '\n')) // a comment may end the file
	if err != nil {
		return nil, errors.New(strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "hujson: ")), " "))
	}
	return std, nil
}

// Check refuses a document that is empty, not UTF-8, or nested deeper than MaxDepth. What else is wrong the parser finds.
func Check(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("it is empty")
	}
	for i, rest := 0, data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			return fmt.Errorf("byte %d is not UTF-8", i)
		}
		i, rest = i+n, rest[n:]
	}
	return checkDepth(data)
}

// checkDepth counts brackets outside strings and comments.
func checkDepth(data []byte) error {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("it is nested deeper than %d levels", MaxDepth)
			}
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		case '/':
			if i+1 < len(data) && data[i+1] == '/' {
				for i < len(data) && data[i] != '\n' {
					i++
				}
			} else if i+1 < len(data) && data[i+1] == '*' {
				end := bytes.Index(data[i+2:], []byte("*/"))
				if end < 0 {
					return nil // the parser reports it
				}
				i += end + 3
			}
		}
	}
	return nil
}
