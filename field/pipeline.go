package field

// Pipeline says which kernels evaluate a radiance field. Both compute the same function; fused ≈ un-fused is a test.
type Pipeline uint8

const (
	// AutoPipeline is Fused where the fused kernels cover the configuration, else Unfused.
	AutoPipeline Pipeline = iota
	// Fused is one kernel for encodings and networks together: nerf_infer, nerf_density, nerf_backward.
	Fused
	// Unfused is a kernel for each encoding and each network, with features and activations in memory between them.
	Unfused
)

// String is the pipeline's name on the command line.
func (p Pipeline) String() string { return [...]string{"auto", "fused", "unfused"}[p] }
