// Package engine is what the window shows: a field that is rendered and trained in slices on a goroutine of its own, so
// that the window answers at once whatever the field costs.
package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/imageio"
)

// ErrFixed says that an engine cannot do what was asked: the analytic scene neither trains nor saves.
var ErrFixed = errors.New("this scene is computed, not trained")

// Engine is a field with what is needed to show and to train it. Its methods are called from one goroutine.
type Engine interface {
	About() About
	// Render computes one sample per pixel of a view into f, whose size it sets.
	Render(ctx context.Context, v View, f *Frame) error
	// Train goes on training for about the given time, for at least one step.
	Train(ctx context.Context, d time.Duration) (Progress, error)
	// Reset starts the training again from fresh parameters.
	Reset() error
	// Save writes a snapshot.
	Save(path string) error
	// Occupied lists the boxes of the occupancy grid's first cascade that hold something, merged to at most the given
	// number.
	Occupied(most int) ([]Box, error)
	Close() error
}

// About describes an engine; it changes with Tuner's methods only.
type About struct {
	Name     string // of the data or model
	Kind     string // radiance field, image, ...
	File     string // the snapshot that is shown as it is, "" of others
	Source   string // what radia train would take
	Data     string // posed pictures that it is trained on, with their split; "" of others
	Split    string
	Device   string
	Driver   string
	Hardware gpu.Device // what it computes with, of an engine that is an Adder
	Params   int
	Memory   int64 // bytes on the device
	CanTrain bool
	CanSave  bool
	// Tuning is how it is trained; Radiance says that all of it has a meaning, Depths that the data has depth maps.
	Tuning           Tuning
	Radiance, Depths bool
	// Flat says that it lies in a plane: drags pan, and the home camera looks at it squarely.
	Flat   bool
	Levels int      // of the encoding, 0 where there is none
	Modes  []string // of package picture that it has besides shade and alpha
	// Box is what is represented, in ngp space; Home the first view's camera.
	Box    Box
	Home   scene.Camera
	Center mgl32.Vec3 // what to turn about
	Up     mgl32.Vec3
	// Views are the training pictures.
	Views []TrainingView
	// Background is the colour that the data is meant to lie on, sRGB-encoded.
	Background [3]float32
	Transform  scene.Transform
}

// Has reports whether a mode of package picture shows something of this engine's field. Shade and alpha always do.
func (a *About) Has(mode string) bool {
	return mode == "shade" || mode == "alpha" || slices.Contains(a.Modes, mode)
}

// TrainingView is one picture of the data.
type TrainingView struct {
	Name   string
	Camera scene.Camera
	Image  func() (*imageio.Image, error)
}

// Box is an axis-aligned box in ngp space.
type Box = look.Box

// View is what Render computes.
type View struct {
	Camera scene.Camera
	// Sample numbers the samples of a pixel: 0 is its centre, later ones lie at other places in it and on the lens.
	Sample   int
	Aperture float32 // radius of the lens in ngp units, 0 for a pinhole
	Focus    float32 // distance of the plane of focus
	Near     float32 // nothing nearer is seen
	Crop     Box     // nothing outside is seen
	Normals  bool    // colours show normals, where About.Modes has them
	Slice    float32 // distance of the plane of which the field is shown, 0 for all of the scene
	Levels   field.Levels
	Region   Region
}

// Region is the rows of the picture that are wanted; the camera is that of the whole picture.
type Region struct{ First, Count int }

// Frame is one sample per pixel of a region.
type Frame = look.Frame

// Progress is the state of a training.
type Progress struct {
	Step        int
	Losses      []float64 // since the last Progress
	Loss, PSNR  float64
	RaysRate    float64 // a second
	SamplesRate float64
	SamplesRay  float64 // kept samples per ray
	Elapsed     time.Duration
}
