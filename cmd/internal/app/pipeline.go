package app

import (
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/render"
)

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

// FramePipelineFlags choose the kernels that render a radiance field.
type FramePipelineFlags struct {
	Pipeline string `default:"auto" enum:"auto,unfused,fused,mega" help:"Kernels of a radiance field: unfused (one for each step, encoding and network), fused (one before, one for and one after the network), mega (one for the whole frame), or auto." placeholder:"NAME"`
}

// Field is the choice as the field takes it; the mega-kernel takes a fused one.
func (f *FramePipelineFlags) Field() field.Pipeline {
	if f.Pipeline == "mega" {
		return field.Fused
	}
	return (&PipelineFlags{f.Pipeline}).Field()
}

// Stages is the choice as the renderer takes it.
func (f *FramePipelineFlags) Stages() render.Stages {
	return map[string]render.Stages{"unfused": render.Split, "fused": render.Joined, "mega": render.Whole}[f.Pipeline]
}
