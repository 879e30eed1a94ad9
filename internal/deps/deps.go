//go:build deps

// Package deps keeps the chosen dependencies in go.mod while the packages that use them are being written.
package deps

import (
	_ "github.com/alecthomas/kong"
	_ "github.com/evanphx/json-patch/v5"
	_ "github.com/go-gl/glfw/v3.3/glfw"
	_ "github.com/go-gl/mathgl/mgl32"
	_ "github.com/mattn/go-isatty"
	_ "github.com/mmcloughlin/avo/build"
	_ "github.com/mrjoshuak/go-openexr/exr"
	_ "github.com/qmuntal/gltf"
	_ "github.com/schollz/progressbar/v3"
	_ "github.com/tailscale/hujson"
	_ "github.com/vmihailenco/msgpack/v5"
	_ "github.com/vulkan-go/vulkan"
	_ "golang.org/x/image/draw"
	_ "golang.org/x/sys/cpu"
)
