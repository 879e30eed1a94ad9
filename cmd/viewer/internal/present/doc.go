// Package present shows pictures in a window through a Vulkan swapchain. It borrows an open device of gpu/vulkan, whose
// validation layer therefore also sees what happens here, and talks to Vulkan through a C file, because structures that
// point at one another must not lie in Go memory.
//
// It is built with cgo, on Linux and FreeBSD with the tag "window" too; see docs/viewer.md.
package present
