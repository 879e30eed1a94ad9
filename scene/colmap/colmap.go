// Package colmap reads sparse models of COLMAP (Schönberger and Frahm 2016), binary and text: cameras, poses and points.
// The formats are those of COLMAP's documentation, "Output Format".
package colmap

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// Camera is a lens with its parameters in the order of the model.
type Camera struct {
	ID            int
	Model         Model
	Width, Height int
	Params        []float64
}

// Image is a registered picture. A point of the world is seen at R·p + T in the camera's frame: x right, y down, z forward.
type Image struct {
	ID       int
	Name     string     // path below the folder of pictures, with slashes
	Rotation [4]float64 // unit quaternion w, x, y, z of R
	T        [3]float64
	Camera   int // ID
}

// Point is a triangulated point.
type Point [3]float64

// Scene is a sparse model.
type Scene struct {
	Dir     string
	Cameras map[int]Camera
	Images  []Image
	Points  []Point // may be none
}

// ImagesFile is the file that lists the pictures.
func (s *Scene) ImagesFile() string { return list(s.Dir, "images") }

// Is tells whether a folder holds a sparse model.
func Is(dir string) bool { return list(dir, "cameras") != "" && list(dir, "images") != "" }

// list is the file of a folder with that stem, binary before text; empty where there is none.
func list(dir, stem string) string {
	for _, ext := range []string{".bin", ".txt"} {
		path := filepath.Join(dir, stem+ext)
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// Read reads the sparse model of a folder.
func Read(dir string) (*Scene, error) {
	s := &Scene{Dir: dir, Cameras: map[int]Camera{}}
	for _, f := range []struct {
		stem         string
		binary, text func(*reader) error
	}{{"cameras", s.cameras, s.camerasText}, {"images", s.images, s.imagesText}, {"points3D", s.points, s.pointsText}} {
		path := list(dir, f.stem)
		if path == "" {
			if f.stem == "points3D" {
				continue
			}
			return nil, fmt.Errorf("%s: holds neither %s.bin nor %s.txt", dir, f.stem, f.stem)
		}
		read := f.binary
		if filepath.Ext(path) == ".txt" {
			read = f.text
		}
		if err := readFile(path, read); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(s.Images) == 0 {
		return nil, fmt.Errorf("%s: lists no images", s.ImagesFile())
	}
	for _, m := range s.Images {
		if _, ok := s.Cameras[m.Camera]; !ok {
			return nil, fmt.Errorf("%s: image %s was taken by camera %d, which the model does not have", s.ImagesFile(), m.Name, m.Camera)
		}
	}
	return s, nil
}

// addCamera checks a camera.
func (s *Scene) addCamera(c Camera) error {
	if c.Width < 1 || c.Height < 1 || c.Width > 1<<24 || c.Height > 1<<24 {
		return fmt.Errorf("camera %d has a size of %d x %d pixels", c.ID, c.Width, c.Height)
	}
	if _, ok := s.Cameras[c.ID]; ok {
		return fmt.Errorf("camera %d is listed twice", c.ID)
	}
	for i, p := range c.Params {
		if !finite(p) {
			return fmt.Errorf("parameter %d of camera %d is %v", i, c.ID, p)
		}
	}
	s.Cameras[c.ID] = c
	return nil
}

// addImage checks an image and makes its quaternion one of unit length.
func (s *Scene) addImage(m Image) error {
	if m.Name == "" || !filepath.IsLocal(filepath.FromSlash(m.Name)) {
		return fmt.Errorf("image %d has the name %q, which is no path below the folder of pictures", m.ID, m.Name)
	}
	length := 0.0
	for _, v := range m.Rotation {
		length += v * v
	}
	if !(length > 1e-12 && length < 1e12) {
		return fmt.Errorf("image %s: %v is no rotation", m.Name, m.Rotation)
	}
	for k := range m.Rotation {
		m.Rotation[k] /= math.Sqrt(length)
	}
	for _, v := range m.T {
		if !finite(v) || math.Abs(v) > 1e30 {
			return fmt.Errorf("image %s: %v is no place", m.Name, m.T)
		}
	}
	s.Images = append(s.Images, m)
	return nil
}

// addPoint takes a point whose place is known.
func (s *Scene) addPoint(p Point) {
	for _, v := range p {
		if !finite(v) || math.Abs(v) > 1e30 {
			return
		}
	}
	s.Points = append(s.Points, p)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Matrix is the rotation R of the image, by rows.
func (m *Image) Matrix() [3][3]float64 {
	w, x, y, z := m.Rotation[0], m.Rotation[1], m.Rotation[2], m.Rotation[3]
	return [3][3]float64{
		{1 - 2*(y*y+z*z), 2 * (x*y - w*z), 2 * (x*z + w*y)},
		{2 * (x*y + w*z), 1 - 2*(x*x+z*z), 2 * (y*z - w*x)},
		{2 * (x*z - w*y), 2 * (y*z + w*x), 1 - 2*(x*x+y*y)},
	}
}

// Center is where the camera stands in the world: -Rᵀ·T.
func (m *Image) Center() (c [3]float64) {
	r := m.Matrix()
	for k := range c {
		c[k] = -(r[0][k]*m.T[0] + r[1][k]*m.T[1] + r[2][k]*m.T[2])
	}
	return c
}
