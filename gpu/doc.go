// Package gpu is the seam between algorithms and the machines that run them: buffers, kernels as values, and
// recordings of commands as data. A Device executes recordings; it knows no kernel by name. Two devices exist:
// gpu/host (worker pool on the CPU) and gpu/vulkan; gpu/check makes one Device out of two and compares them.
//
// A kernel is one GLSL file in shaders/, compiled to SPIR-V, and one Go file of the same stem in kernels/. Its Twin
// receives exactly the bytes that Vulkan would bind, in the same order, so sizes, offsets and dispatch counts are
// exercised on a machine without a GPU.
//
// The package is pure Go and imports nothing of ours but the bound type of internal/cmp.
package gpu
