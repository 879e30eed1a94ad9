package scene

import (
	"errors"
	"math"
)

// MaxLatents is the most latents of a picture that may be asked for.
const MaxLatents = 128

// light is the direction of a picture's light in ngp space; nil where the file says nothing of it.
func (d *Dataset) light(p *driverJSON) (*[3]float32, error) {
	if p == nil || p.LightX == nil && p.LightY == nil && p.LightZ == nil {
		return nil, nil
	}
	v := d.Transform.Direction([3]float64{val(p.LightX), val(p.LightY), val(p.LightZ)})
	length := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	if !(length > 1e-12 && length < 1e150) {
		return nil, errors.New("driver_parameters: LightX, LightY and LightZ are no direction")
	}
	return &[3]float32{float32(v[0] / length), float32(v[1] / length), float32(v[2] / length)}, nil
}
