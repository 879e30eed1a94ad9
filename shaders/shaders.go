// Package shaders holds the GLSL of every kernel and embeds the compiled modules. No shader compiler is needed to build
// or test: spv/ is committed, and a test compares its MANIFEST with the sources. `make shaders` compiles.
package shaders

import (
	"embed"
	"fmt"
)

//go:embed spv
var compiled embed.FS

// Module returns the SPIR-V of "STEM" or "STEM.VARIANT"; a name that does not exist is a programmer's error and panics.
func Module(name string) []byte {
	code, err := compiled.ReadFile("spv/" + name + ".spv")
	if err != nil {
		panic(fmt.Sprintf("shaders: no module %s (run go run ./tools/shadergen)", name))
	}
	return code
}
