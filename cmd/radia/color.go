package main

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// parseColor reads black, white or #rrggbb as sRGB-encoded values from 0 to 1.
func parseColor(s string) ([3]float32, error) {
	switch strings.ToLower(s) {
	case "black":
		return [3]float32{}, nil
	case "white":
		return [3]float32{1, 1, 1}, nil
	}
	b, err := hex.DecodeString(strings.TrimPrefix(s, "#"))
	if err != nil || len(b) != 3 {
		return [3]float32{}, fmt.Errorf("%q is no colour: want black, white or #rrggbb", s)
	}
	return [3]float32{float32(b[0]) / 255, float32(b[1]) / 255, float32(b[2]) / 255}, nil
}
