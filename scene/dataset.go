package scene

import (
	"context"
	"fmt"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene/imageio"
)

// Image is a picture in memory: packed 8-bit RGBA or float16 RGBA (package imageio).
type Image = imageio.Image

// Kind says which family of files a data set came from.
type Kind int

// The families.
const (
	NeRFSynthetic Kind = iota // transforms_train.json and its siblings, rendered pictures with alpha
	InstantNGP                // one transforms.json
	Nerfstudio                // one transforms.json with camera_model, masks or file lists
	COLMAP                    // a sparse model and its pictures
)

func (k Kind) String() string {
	return [...]string{"NeRF-synthetic", "instant-ngp", "nerfstudio", "COLMAP"}[k]
}

// LoadOptions choose what Load reads. The zero value reads the training split at full size.
type LoadOptions struct {
	// Split is "train" (default for a folder), "test", "val", "all", "every8", or any NAME for which transforms_NAME.json exists.
	// Where each split has a file of its own, "all" reads that of the training.
	// A single transforms.json holds out every 8th picture (index 0, 8, ... in natural order of the file names, after dropped ones are
	// gone) as "test", "val" and "every8", and the others are "train", unless nerfstudio's file lists say otherwise. For a folder with
	// transforms_test.json, "every8" is every 8th test picture. A JSON file given by name with no Split is read whole.
	Split string
	// Downscale divides width and height (rounded to nearest); 0 and 1 keep the size.
	Downscale int
	// Every keeps each k-th picture of the split, MaxFrames then the first n; 0 keeps all.
	Every, MaxFrames int
	// AABBScale replaces the edge of the scene's cube, a power of two from 1 to 128; 0 keeps the file's, or COLMAP's choice.
	AABBScale int
	// Lazy leaves the pictures on disk; Dataset.Image then decodes at every call.
	Lazy        bool
	MaxPixels   int64 // refuse a picture with more pixels (0: imageio.DefaultMaxPixels)
	MemoryLimit int64 // refuse a set that needs more bytes (0: what the machine has available)
	Workers     int   // decoders at once (0: one per CPU)
	Progress    func(done, total int)
	Ctx         context.Context // ends the loading early with its error; nil never does
}

// Frame is one posed picture.
type Frame struct {
	Name      string  // file_path as the file has it
	ImagePath string  // the picture on disk
	Camera    Camera  // at the loaded size
	Sharpness float32 // 0 where the file gives none

	// PoseEnd is the pose at the end of the exposure where the file gives transform_matrix_start and _end; Camera.Pose is the start.
	PoseEnd *mgl32.Mat3x4
	// Light is the direction of the light, a unit vector in ngp space, where the file gives driver_parameters.
	Light *[3]float32

	maskPath, dynamicMask, alphaPath, depthPath, raysPath string
	full                                                  imageio.Header
	image                                                 *Image
	depth                                                 []float32
}

// Dataset is a set of posed pictures.
type Dataset struct {
	Path      string // the JSON file read, the first of several
	Kind      Kind
	Split     string
	Frames    []Frame
	Transform Transform // file coordinates to ngp space
	AABBScale int       // edge of the scene's cube about (0.5, 0.5, 0.5), a power of two
	// RenderAABB limits rendering, in ngp space: the file's render_aabb or the cube of AABBScale.
	RenderAABB [2]mgl32.Vec3
	Up         mgl32.Vec3 // ngp space
	// Background is the colour, sRGB-encoded, on which evaluation composites by convention: white for NeRF-synthetic, else black.
	Background [3]float32
	HDR        bool // pictures are linear float16
	Envmap     string
	// Latents is how many numbers each picture is to have for its appearance (n_extra_learnable_dims).
	Latents int
	// RollingShutter is the file's [A, B, C, D]: the time within PoseEnd's interval is A + B u + C v + D random.
	RollingShutter [4]float32
	// AppliedTransform is nerfstudio's record of how poses were turned before they were written; it is already in them.
	AppliedTransform [][]float64
	Warnings         []string // what was dropped or ignored, one line each

	opt                                LoadOptions
	whiteTransparent, blackTransparent bool
	fixPremult, rays                   bool
	depthScale, sharpen                float64
}

// Image returns picture i, decoding it unless Load did. Callers must not change it.
func (d *Dataset) Image(i int) (*Image, error) {
	if m := d.Frames[i].image; m != nil {
		return m, nil
	}
	m, _, err := d.decode(i)
	return m, err
}

// HasLights reports whether all pictures come with the direction of their light.
func (d *Dataset) HasLights() bool {
	for i := range d.Frames {
		if d.Frames[i].Light == nil {
			return false
		}
	}
	return len(d.Frames) > 0
}

// HasDepth reports whether picture i comes with depth.
func (d *Dataset) HasDepth(i int) bool { return d.Frames[i].depthPath != "" }

// Depth returns the depth of picture i along the optical axis in ngp units, one value a pixel, 0 where unknown; nil without a depth file.
func (d *Dataset) Depth(i int) ([]float32, error) {
	f := &d.Frames[i]
	if f.depth != nil || f.depthPath == "" {
		return f.depth, nil
	}
	return d.decodeDepth(i)
}

// Cameras returns the cameras of all frames.
func (d *Dataset) Cameras() []Camera {
	out := make([]Camera, len(d.Frames))
	for i := range out {
		out[i] = d.Frames[i].Camera
	}
	return out
}

// Bytes is the memory the loaded pictures take.
func (d *Dataset) Bytes() (n int64) {
	for i := range d.Frames {
		if f := &d.Frames[i]; f.image != nil {
			n += f.image.Bytes() + int64(len(f.depth))*4
		}
	}
	return n
}

func (d *Dataset) String() string {
	size := "no frames"
	if len(d.Frames) > 0 {
		c := &d.Frames[0].Camera
		size = fmt.Sprintf("%d x %d %s", c.Width, c.Height, c.Lens.Kind)
	}
	return fmt.Sprintf("%s, %s: %d pictures (%s), aabb_scale %d", d.Kind, d.Split, len(d.Frames), size, d.AABBScale)
}
