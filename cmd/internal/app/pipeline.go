package app

import "github.com/radia-go/radia/field"

// PipelineFlags choose the kernels of a radiance field.
type PipelineFlags struct {
	Pipeline string `default:"auto" enum:"auto,unfused,fused,mega" help:"Kernels of a radiance field: unfused (one for each encoding and network), fused (one for all of them), mega (one for the whole frame; render and eval) or auto." placeholder:"NAME"`
}

// Mega tells whether one kernel should render the whole frame.
func (f *PipelineFlags) Mega() bool { return f.Pipeline == "mega" }

// Field is the choice as far as the field is concerned; a mega-kernel evaluates a fused field.
func (f *PipelineFlags) Field() field.Pipeline {
	switch f.Pipeline {
	case "unfused":
		return field.Unfused
	case "fused", "mega":
		return field.Fused
	}
	return field.AutoPipeline
}
