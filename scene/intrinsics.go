package scene

import (
	"fmt"
	"math"
)

// val is a key's value or 0.
func val(p *float64) float64 {
	if p == nil {
		return 0
	}
	return *p
}

// camera works out lens, focal length and principal point of a picture that really is width x height pixels. The pose is left zero.
// notes receives what the file says and the lens models cannot express.
func (k lensKeys) camera(width, height int, notes func(string)) (Camera, error) {
	c := Camera{Width: width, Height: height, Principal: [2]float32{0.5, 0.5}}
	if err := k.expandDistortion(); err != nil {
		return c, err
	}
	for _, p := range []struct {
		key string
		v   *float64
	}{{"k1", k.K1}, {"k2", k.K2}, {"k3", k.K3}, {"k4", k.K4}, {"p1", k.P1}, {"p2", k.P2}, {"cx", k.CX}, {"cy", k.CY}} {
		if p.v != nil && (!finite(*p.v) || math.Abs(*p.v) > math.MaxFloat32) {
			return c, fmt.Errorf("%s = %v is not a usable number", p.key, *p.v)
		}
	}
	// The size the intrinsics were measured at; a picture of another size has them scaled.
	size := [2]float64{float64(width), float64(height)}
	for a, p := range [2]*float64{k.W, k.H} {
		if p != nil {
			if !finite(*p) || *p < 1 || *p > 1<<24 {
				return c, fmt.Errorf("%c = %v is not a picture size", "wh"[a], *p)
			}
			size[a] = *p
		}
	}
	if k.CX != nil {
		c.Principal[0] = float32(*k.CX / size[0])
	}
	if k.CY != nil {
		c.Principal[1] = float32(*k.CY / size[1])
	}
	if err := k.lens(&c, notes); err != nil {
		return c, err
	}
	fx, okx, err := k.focal("x", k.XFov, k.FlX, k.AngleX, float64(width), size[0])
	if err != nil {
		return c, err
	}
	fy, oky, err := k.focal("y", k.YFov, k.FlY, k.AngleY, float64(height), size[1])
	if err != nil {
		return c, err
	}
	switch {
	case !okx && !oky:
		switch c.Lens.Kind {
		case LatLong, Equirectangular, FTheta: // these need none
			fx, fy = float64(width), float64(height)
		default:
			return c, fmt.Errorf("no focal length: one of fl_x, fl_y, camera_angle_x, camera_angle_y, x_fov, y_fov is needed")
		}
	case !okx:
		fx = fy
	case !oky:
		fy = fx
	}
	c.Focal = [2]float32{float32(fx), float32(fy)}
	for a, f := range c.Focal {
		if !(f > 0) || math.IsInf(float64(f), 0) {
			return c, fmt.Errorf("focal length %c = %v pixels is not usable", "xy"[a], f)
		}
	}
	return c, nil
}

// focal finds one axis: the field of view in degrees, else the focal length in pixels, else the angle in radians.
//
//	f = res / (2 tan(fov/2)) with the true resolution; f = fl * res / size for a length in pixels of a size-wide picture
func (k lensKeys) focal(axis string, fov, fl, angle *float64, res, size float64) (float64, bool, error) {
	fromAngle := func(key string, v, unit float64) (float64, bool, error) {
		if a := v * unit; !(a > 0 && a < math.Pi) {
			return 0, false, fmt.Errorf("%s = %v is not an angle between 0 and 180 degrees", key, v)
		}
		return 0.5 * res / math.Tan(0.5*v*unit), true, nil
	}
	switch {
	case fov != nil:
		return fromAngle(axis+"_fov", *fov, math.Pi/180)
	case fl != nil:
		if !(*fl > 0) || !finite(*fl) {
			return 0, false, fmt.Errorf("fl_%s = %v, a positive focal length is needed", axis, *fl)
		}
		return *fl * res / size, true, nil
	case angle != nil:
		return fromAngle("camera_angle_"+axis, *angle, 1)
	}
	return 0, false, nil
}

// expandDistortion spreads nerfstudio's list k1 k2 k3 k4 p1 p2 over the single keys.
func (k *lensKeys) expandDistortion() error {
	if k.Distortion == nil {
		return nil
	}
	if len(k.Distortion) > 6 {
		return fmt.Errorf("distortion_params has %d values, at most 6 (k1 k2 k3 k4 p1 p2) are known", len(k.Distortion))
	}
	for i, dst := range []**float64{&k.K1, &k.K2, &k.K3, &k.K4, &k.P1, &k.P2} {
		if i < len(k.Distortion) && *dst == nil {
			*dst = &k.Distortion[i]
		}
	}
	return nil
}

// lens chooses the model. Nerfstudio's camera_model EQUIRECTANGULAR is linear in latitude, so it is the LatLong lens here; the key
// "equirectangular" of instant-ngp is linear in the sine of latitude.
func (k lensKeys) lens(c *Camera, notes func(string)) error {
	fisheye := k.Fisheye != nil && *k.Fisheye
	if k.Model != nil {
		switch *k.Model {
		case "OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "PERSPECTIVE", "":
		case "OPENCV_FISHEYE", "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE":
			fisheye = true
		case "EQUIRECTANGULAR":
			c.Lens.Kind = LatLong
			return nil
		default:
			return fmt.Errorf("camera_model %q is not known (OPENCV, OPENCV_FISHEYE, PINHOLE, SIMPLE_PINHOLE, SIMPLE_RADIAL, RADIAL, SIMPLE_RADIAL_FISHEYE, RADIAL_FISHEYE, EQUIRECTANGULAR)", *k.Model)
		}
	}
	k1, k2, k3, k4, p1, p2 := float32(val(k.K1)), float32(val(k.K2)), float32(val(k.K3)), float32(val(k.K4)), float32(val(k.P1)), float32(val(k.P2))
	switch {
	case truthy(k.LatLong):
		c.Lens.Kind = LatLong
	case truthy(k.Equirectangular):
		c.Lens.Kind = Equirectangular
	case truthy(k.Orthographic):
		c.Lens.Kind = Orthographic
	case k.FT0 != nil || k.FT1 != nil:
		return k.ftheta(c)
	case fisheye:
		c.Lens = Lens{Kind: OpenCVFisheye, Params: [8]float32{k1, k2, k3, k4}}
		if p1 != 0 || p2 != 0 {
			notes("p1, p2 are ignored: the fisheye lens has no tangential distortion")
		}
	case k1 != 0 || k2 != 0 || p1 != 0 || p2 != 0:
		c.Lens = Lens{Kind: OpenCV, Params: [8]float32{k1, k2, p1, p2}}
	}
	if (k3 != 0 || k4 != 0) && !fisheye {
		notes("k3, k4 are ignored: the OpenCV lens has k1, k2, p1, p2")
	}
	return nil
}

func (k lensKeys) ftheta(c *Camera) error {
	if k.W == nil || k.H == nil {
		return fmt.Errorf("an F-theta lens needs w and h")
	}
	c.Lens.Kind = FTheta
	for i, p := range []*float64{k.FT0, k.FT1, k.FT2, k.FT3, k.FT4, k.W, k.H} {
		v := val(p)
		if !finite(v) || math.Abs(v) > math.MaxFloat32 {
			return fmt.Errorf("ftheta_p%d = %v is not a usable number", i, v)
		}
		c.Lens.Params[i] = float32(v)
	}
	return nil
}
