package volume

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/scene/imageio"
)

// Light is the light that comes from around the cube: linear radiance by the direction in which one looks, a unit vector.
type Light interface {
	Radiance(d vec) vec
}

// Constant light has one colour from everywhere.
type Constant vec

// Radiance is the colour.
func (c Constant) Radiance(vec) vec { return vec(c) }

// Sky is a sky over grey ground with a broad, soft sun.
type Sky struct{ Up, Sun vec }

// The sky's colours; the sun's lobe is cosine to the power of sunPower.
var (
	skyGround  = vec{0.22, 0.20, 0.18}
	skyHorizon = vec{0.80, 0.86, 0.92}
	skyZenith  = vec{0.22, 0.42, 0.80}
	skySun     = vec{4.2, 3.6, 2.8}
)

const sunPower = 16

// NewSky is a sky whose sun stands 40 degrees high.
func NewSky(up [3]float32) Sky {
	u := vec{float64(up[0]), float64(up[1]), float64(up[2])}
	side := vec{0.6, 0.3, 0.74}
	side = unit(sub(side, scale(u, dot(side, u))))
	const high = 40 * math.Pi / 180
	return Sky{Up: u, Sun: add(scale(side, math.Cos(high)), scale(u, math.Sin(high)))}
}

// Radiance blends ground, horizon and zenith by the height above the horizon and adds the sun.
func (s Sky) Radiance(d vec) vec {
	h := dot(d, s.Up)
	blend := func(a, b vec, t float64) vec { return add(scale(a, 1-t), scale(b, t)) }
	var c vec
	if h >= 0 {
		c = blend(skyHorizon, skyZenith, math.Sqrt(h))
	} else {
		c = blend(skyHorizon, skyGround, min(1, -8*h))
	}
	if x := dot(d, s.Sun); x > 0 {
		c = add(c, scale(skySun, math.Pow(x, sunPower)))
	}
	return c
}

// Map is an environment picture in latitude and longitude: the first row is straight up, and the middle of a row is
// where x runs at longitude 0.
type Map struct {
	Width, Height int
	Pix           []float32 // 3 a pixel, linear
	Up            int       // axis that the rows' top points to
	Flip          bool
}

// maxMap is the longest edge of a map in memory; larger ones are averaged down.
const maxMap = 1024

// LoadMap reads an environment picture, EXR or any other.
func LoadMap(path string, up [3]float32) (*Map, error) {
	img, err := imageio.Read(path, imageio.DefaultMaxPixels)
	if err != nil {
		return nil, err
	}
	step := (max(img.Width, img.Height) + maxMap - 1) / maxMap
	m := &Map{Width: img.Width / step, Height: img.Height / step}
	if m.Width < 1 || m.Height < 1 {
		return nil, fmt.Errorf("%s: a picture of %d x %d pixels is no environment", path, img.Width, img.Height)
	}
	for k, u := range up {
		if u != 0 {
			m.Up, m.Flip = k, u < 0
		}
	}
	m.Pix = make([]float32, 3*m.Width*m.Height)
	for i := range m.Width * m.Height {
		var sum vec
		for dy := range step {
			for dx := range step {
				sum = add(sum, pixel(img, (i/m.Width*step+dy)*img.Width+i%m.Width*step+dx))
			}
		}
		for k := range sum {
			v := sum[k] / float64(step*step)
			if v-v != 0 || v < 0 {
				return nil, fmt.Errorf("%s: pixel (%d, %d) holds no radiance", path, i%m.Width*step, i/m.Width*step)
			}
			m.Pix[3*i+k] = float32(v)
		}
	}
	return m, nil
}

// pixel is a pixel's linear colour.
func pixel(img *imageio.Image, i int) (c vec) {
	for k := range c {
		if img.HDR() {
			c[k] = float64(f16.To32(f16.Bits(img.Half[4*i+k])))
		} else {
			c[k] = imageio.SRGBToLinear(float64(img.Pix[i]>>(8*k)&255) / 255)
		}
	}
	return c
}

// Radiance interpolates between the centres of pixels; columns wrap around.
func (m *Map) Radiance(d vec) (c vec) {
	h := d[m.Up]
	if m.Flip {
		h = -h
	}
	phi := math.Atan2(d[(m.Up+2)%3], d[(m.Up+1)%3])
	x := (phi/(2*math.Pi)+0.5)*float64(m.Width) - 0.5
	y := math.Acos(min(max(h, -1), 1))/math.Pi*float64(m.Height) - 0.5
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := x-x0, y-y0
	for j := range 2 {
		for i := range 2 {
			w := (1 - fx + float64(i)*(2*fx-1)) * (1 - fy + float64(j)*(2*fy-1))
			col := ((int(x0)+i)%m.Width + m.Width) % m.Width
			row := min(max(int(y0)+j, 0), m.Height-1)
			for k := range c {
				c[k] += w * float64(m.Pix[3*(row*m.Width+col)+k])
			}
		}
	}
	return c
}

func dot(a, b vec) float64       { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func add(a, b vec) vec           { return vec{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }
func sub(a, b vec) vec           { return vec{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func mul(a, b vec) vec           { return vec{a[0] * b[0], a[1] * b[1], a[2] * b[2]} }
func scale(a vec, s float64) vec { return vec{a[0] * s, a[1] * s, a[2] * s} }
func unit(a vec) vec             { return scale(a, 1/math.Sqrt(dot(a, a))) }
