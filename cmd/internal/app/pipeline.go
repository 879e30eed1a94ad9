package app

import "github.com/radia-go/radia/field"

// PipelineFlags choose the kernels of a radiance field.
type PipelineFlags struct {
	Pipeline string `default:"auto" enum:"auto,unfused,fused" help:"Kernels of a radiance field: unfused (one for each encoding and network), fused (one for all of them), or auto." placeholder:"NAME"`
}

// Field is the choice as the field takes it.
func (f *PipelineFlags) Field() field.Pipeline {
	switch f.Pipeline {
	case "unfused":
		return field.Unfused
	case "fused":
		return field.Fused
	}
	return field.AutoPipeline
}
