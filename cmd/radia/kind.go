package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/mesh"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/scene/volume"
)

// extensions of data that is told by its content where that is sound.
var (
	pictureExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".exr", ".bin"}
	meshExtensions    = []string{".obj", ".ply", ".stl"}
	volumeExtensions  = []string{".nii", ".gz", ".raw"}
)

// damaged says what is wrong with a file that no kind of data took for its own although its name or its first bytes belong
// to one; nil where nothing claims it. Without it a picture that is cut off would be called a folder that is missing.
func damaged(path string) error {
	st, err := os.Stat(path)
	if err != nil || st.IsDir() {
		return nil // loading reports it
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s: is neither a regular file nor a folder", path)
	}
	ext := strings.ToLower(filepath.Ext(path))
	switch {
	case ext == ".ingp" || ext == ".msgpack" || snapshot.Probe(path):
		return fmt.Errorf("%s: is a model; a picture, a mesh, a volume or posed images are needed", path)
	case slices.Contains(pictureExtensions, ext) || imageio.Signed(path):
		_, err = imageio.Probe(path, maxPicture)
	case slices.Contains(meshExtensions, ext):
		_, err = mesh.Load(path)
	case slices.Contains(volumeExtensions, ext):
		_, err = volume.Load(path)
	}
	return err
}
