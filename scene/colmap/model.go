package colmap

import "fmt"

// Model is a lens model by COLMAP's number.
type Model int

// models lists the names and the numbers of parameters of COLMAP's lens models, in the order of their numbers.
var models = []struct {
	name   string
	params int
}{
	{"SIMPLE_PINHOLE", 3}, {"PINHOLE", 4}, {"SIMPLE_RADIAL", 4}, {"RADIAL", 5}, {"OPENCV", 8}, {"OPENCV_FISHEYE", 8}, {"FULL_OPENCV", 12}, {"FOV", 5},
	{"SIMPLE_RADIAL_FISHEYE", 4}, {"RADIAL_FISHEYE", 5}, {"THIN_PRISM_FISHEYE", 12},
}

func (m Model) String() string {
	if m < 0 || int(m) >= len(models) {
		return fmt.Sprintf("lens model %d", int(m))
	}
	return models[m].name
}

// params is the number of parameters.
func (m Model) params() (int, error) {
	if m < 0 || int(m) >= len(models) {
		return 0, fmt.Errorf("%v is not known", m)
	}
	return models[m].params, nil
}

// modelOf is the model of a name.
func modelOf(name string) (Model, error) {
	for i, m := range models {
		if m.name == name {
			return Model(i), nil
		}
	}
	return 0, fmt.Errorf("the lens model %.40q is not known", name)
}

// Lens are the parameters of a camera in the terms of OpenCV: focal lengths and principal point in pixels, with the centre of
// the first pixel at (0.5, 0.5), and distortion.
type Lens struct {
	FX, FY, CX, CY         float64
	K1, K2, K3, K4, P1, P2 float64
	Fisheye                bool
}

// Lens converts the parameters, or says why OpenCV's eight cannot express them.
func (c *Camera) Lens() (l Lens, err error) {
	p := c.Params
	one := func() { l.FX, l.FY, l.CX, l.CY = p[0], p[0], p[1], p[2] }
	two := func() { l.FX, l.FY, l.CX, l.CY = p[0], p[1], p[2], p[3] }
	switch c.Model.String() {
	case "SIMPLE_PINHOLE":
		one()
	case "PINHOLE":
		two()
	case "SIMPLE_RADIAL", "SIMPLE_RADIAL_FISHEYE":
		one()
		l.K1 = p[3]
	case "RADIAL", "RADIAL_FISHEYE":
		one()
		l.K1, l.K2 = p[3], p[4]
	case "OPENCV", "FULL_OPENCV":
		two()
		l.K1, l.K2, l.P1, l.P2 = p[4], p[5], p[6], p[7]
		for _, k := range p[8:] {
			if k != 0 {
				return l, fmt.Errorf("camera %d has the lens %v with k3 to k6, which cannot be expressed: undistort the pictures (colmap image_undistorter)", c.ID, c.Model)
			}
		}
	case "OPENCV_FISHEYE":
		two()
		l.K1, l.K2, l.K3, l.K4 = p[4], p[5], p[6], p[7]
	default:
		return l, fmt.Errorf("camera %d has the lens %v, which cannot be expressed: undistort the pictures (colmap image_undistorter)", c.ID, c.Model)
	}
	switch c.Model.String() {
	case "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "OPENCV_FISHEYE":
		l.Fisheye = true
	}
	return l, nil
}
