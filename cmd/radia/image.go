package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/radia-go/radia/cmd/internal/app"
	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/field/config"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/sysmem"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/metrics"
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/train"
)

// trainImage trains a field on one picture.
func (c *trainCmd) trainImage(env *app.Env, d gpu.Device) (*trainReport, error) {
	if err := c.refuseNeRFFlags("a picture"); err != nil {
		return nil, err
	}
	if err := pictureFits(c.Data, sysmem.Available()); err != nil {
		return nil, err
	}
	picture, err := imageio.Read(c.Data, imageio.DefaultMaxPixels)
	if err != nil {
		return nil, err
	}
	opt, err := c.fitOptions(d, config.Image, func(k *config.Config) (*config.Config, error) { return k.ForImage(picture.Width, picture.Height) })
	if err != nil {
		return nil, err
	}
	t, err := train.NewImage(d, picture, opt)
	if err != nil {
		return nil, c.begun(err)
	}
	defer t.Release()
	env.Logf("%s: a picture of %d x %d pixels", c.Data, picture.Width, picture.Height)
	return c.runFitted(env, d, t, &trainReport{Parameters: t.Field.Layout.Total, Images: 1})
}

// pictureFits refuses a picture whose training cannot fit into the free bytes, 0 where nobody knows them: its pixels are
// there three times at once, decoded, on their way to the device and on it.
func pictureFits(path string, free int64) error {
	h, err := imageio.Probe(path, imageio.DefaultMaxPixels)
	if err != nil {
		return err
	}
	if need := 3 * h.Bytes(); free > 0 && need > free {
		return fmt.Errorf("%s: %d x %d pixels need at least %d MiB of memory to train on, %d MiB are free", path, h.Width, h.Height, need>>20, free>>20)
	}
	return nil
}

// loadImage reads the picture of a snapshot.
func loadImage(d gpu.Device, path string) (*field.Image, error) {
	s, err := snapshot.Load(path)
	if err != nil {
		return nil, err
	}
	return field.LoadImage(d, s, path)
}

// imageReport is the JSON result of eval for a picture.
type imageReport struct {
	Device     string  `json:"device"`
	Model      string  `json:"model"`
	Size       [2]int  `json:"size"`
	PSNR       float64 `json:"psnr"`
	SSIM       float64 `json:"ssim"`
	Seconds    float64 `json:"seconds"`
	ModelBytes int64   `json:"model_bytes"`
	ParamBytes int64   `json:"parameter_bytes"` // in half precision, without what resuming needs
	ImageBytes int64   `json:"image_bytes"`
}

// evalImage compares a model with the picture at all of its pixels.
func (c *evalCmd) evalImage(env *app.Env, d gpu.Device) error {
	picture, err := imageio.Read(c.Data, imageio.DefaultMaxPixels)
	if err != nil {
		return err
	}
	f, err := loadImage(d, c.Model)
	if err != nil {
		return err
	}
	defer f.Release()
	if f.Width != picture.Width || f.Height != picture.Height {
		return fmt.Errorf("%s was trained on %d x %d pixels, %s has %d x %d", c.Model, f.Width, f.Height, c.Data, picture.Width, picture.Height)
	}
	start := time.Now()
	pix, err := f.Render(field.Window{X1: 1, Y1: 1}, f.Width, f.Height)
	if err != nil {
		return err
	}
	r := imageReport{Device: d.Info().String(), Model: c.Model, Size: [2]int{f.Width, f.Height}, Seconds: time.Since(start).Seconds(), ParamBytes: 2 * int64(f.Layout.Total)}
	got, want := &metrics.RGB{Width: f.Width, Height: f.Height, Pix: pix}, metrics.FromImage(picture, [3]float32{})
	if r.PSNR, err = metrics.PSNR(got, want); err != nil {
		return err
	}
	r.PSNR = math.Min(r.PSNR, 99)
	if f.Width >= 11 && f.Height >= 11 {
		if r.SSIM, err = metrics.SSIM(got, want); err != nil {
			return err
		}
	}
	for path, to := range map[string]*int64{c.Model: &r.ModelBytes, c.Data: &r.ImageBytes} {
		if st, err := os.Stat(path); err == nil {
			*to = st.Size()
		}
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return fmt.Errorf("%s: cannot be made: %w", c.Out, unwrapPath(err))
		}
		side, err := imageio.SideBySide([]*imageio.Image{picture.Over([3]float32{}), field.Image8(pix, f.Width, f.Height)},
			[]string{"truth", fmt.Sprintf("radia %.2f dB", r.PSNR)})
		if err != nil {
			return err
		}
		if err := imageio.WritePNG(filepath.Join(c.Out, "picture.png"), side); err != nil {
			return err
		}
	}
	return env.Result(r, fmt.Sprintf("%s: %dx%d, PSNR %.2f dB, SSIM %.4f, rendered in %.2f s; model %.1f KiB (parameters %.1f KiB), picture %.1f KiB on %s\n",
		c.Model, r.Size[0], r.Size[1], r.PSNR, r.SSIM, r.Seconds, float64(r.ModelBytes)/1024, float64(r.ParamBytes)/1024, float64(r.ImageBytes)/1024, r.Device))
}

// renderImage renders the window of a picture.
func (c *renderCmd) renderImage(env *app.Env, d gpu.Device) error {
	if c.Mode != "shade" || c.Data != "" || c.Orbit != 0 || c.CameraPath != "" {
		return fmt.Errorf("%s is a picture: it has no cameras and no other modes; use --size and --window", c.Model)
	}
	if err := c.checkFilm(); err != nil {
		return err
	}
	f, err := loadImage(d, c.Model)
	if err != nil {
		return err
	}
	defer f.Release()
	width, height := f.Width, f.Height
	if c.Size != "" {
		if width, height, err = parseSize(c.Size); err != nil {
			return err
		}
	}
	window, err := parseWindow(c.Window)
	if err != nil {
		return err
	}
	start := time.Now()
	pix, err := f.Render(window, width, height)
	if err != nil {
		return err
	}
	r := renderReport{Device: d.Info().String(), Files: []string{c.Out}, Views: 1, Size: [2]int{width, height}, Spp: 1, Seconds: time.Since(start).Seconds(), SamplesPerRay: 1}
	r.PerFrame = r.Seconds
	switch strings.ToLower(filepath.Ext(c.Out)) {
	case ".exr":
		planes := []imageio.Plane{{Name: "R"}, {Name: "G"}, {Name: "B"}}
		for k := range planes {
			planes[k].Data = make([]float32, width*height)
			for i := range planes[k].Data {
				planes[k].Data[i] = float32(imageio.SRGBToLinear(float64(pix[3*i+k])) * math.Exp2(float64(c.Exposure)))
			}
		}
		err = imageio.WriteEXR(c.Out, width, height, planes)
	case ".png":
		if c.Exposure != 0 {
			gain := math.Exp2(float64(c.Exposure))
			for i, v := range pix {
				pix[i] = float32(imageio.LinearToSRGB(imageio.SRGBToLinear(float64(v)) * gain))
			}
		}
		err = imageio.WritePNG(c.Out, field.Image8(pix, width, height))
	default:
		err = fmt.Errorf("%s: a picture is written as .png or .exr", c.Out)
	}
	if err != nil {
		return err
	}
	return env.Result(r, fmt.Sprintf("%s: %dx%d in %.3f s on %s\n", c.Out, width, height, r.Seconds, r.Device))
}

// parseWindow reads X0,Y0,X1,Y1 in fractions of a picture; an empty text is the whole picture.
func parseWindow(s string) (field.Window, error) {
	w := field.Window{X1: 1, Y1: 1}
	if s == "" {
		return w, nil
	}
	parts := strings.Split(s, ",")
	if len(parts) == 4 {
		ok := true
		for i, to := range []*float64{&w.X0, &w.Y0, &w.X1, &w.Y1} {
			v, err := strconv.ParseFloat(strings.TrimSpace(parts[i]), 64)
			ok = ok && err == nil && !math.IsNaN(v) && math.Abs(v) <= 1e6
			*to = v
		}
		if ok && w.X0 < w.X1 && w.Y0 < w.Y1 {
			return w, nil
		}
	}
	return w, fmt.Errorf("--window %q: want X0,Y0,X1,Y1 in fractions of the picture, X0 below X1 and Y0 below Y1", s)
}

// pictureReport is the JSON result of info for a picture.
type pictureReport struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	Format string `json:"format"`
	Size   [2]int `json:"size"`
	HDR    bool   `json:"hdr"`
	Bytes  int64  `json:"bytes"`
	Memory int64  `json:"memory_bytes"`
}

func (c *infoCmd) picture(env *app.Env, size int64) error {
	h, err := imageio.Probe(c.File, imageio.DefaultMaxPixels)
	if err != nil {
		return err
	}
	r := pictureReport{File: c.File, Kind: "picture", Format: h.Format, Size: [2]int{h.Width, h.Height}, HDR: h.HDR, Bytes: size, Memory: h.Bytes()}
	return env.Result(r, fmt.Sprintf("%s: %s picture, %dx%d, %.1f KiB, %.1f MiB in memory\n", r.File, r.Format, h.Width, h.Height, float64(size)/1024, float64(r.Memory)/(1<<20)))
}
