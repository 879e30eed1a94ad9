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
	"github.com/radia-go/radia/scene/snapshot"
	"github.com/radia-go/radia/train"
)

// maxPicture is more pixels than any picture has; what bounds one is memory, which pictureFits compares.
const maxPicture = 1 << 44

// poolMemory is what the tiles of a picture that is not in memory as a whole take there.
const poolMemory = 1 << 30

// trainImage trains a field on one picture.
func (c *trainCmd) trainImage(env *app.Env, d gpu.Device) (*trainReport, error) {
	if err := c.refuseNeRFFlags("a picture", "--sampling", "--picture-memory"); err != nil {
		return nil, err
	}
	h, err := imageio.Probe(c.Data, maxPicture)
	if err != nil {
		return nil, err
	}
	opt, err := c.fitOptions(d, config.Image, func(k *config.Config) (*config.Config, error) { return k.ForImage(h.Width, h.Height) })
	if err != nil {
		return nil, err
	}
	if opt.Sampling, err = c.sampling(opt.Resume); err != nil {
		return nil, err
	}
	free := sysmem.Available()
	tiled, memory := c.inTiles(d, h, opt.Resume, free)
	if err := pictureFits(c.Data, h, tiled, free); err != nil {
		return nil, err
	}
	var t *train.Image
	if tiled {
		tiles, err := c.cut(env, h)
		if err != nil {
			return nil, err
		}
		defer tiles.Close()
		n := train.PoolTiles(tiles, memory)
		if stored := stored(opt.Resume); stored > 0 && c.PictureMemory == 0 {
			n = stored
		}
		env.Logf("%s: a picture of %d x %d pixels, %d of its %d tiles in memory at a time", c.Data, h.Width, h.Height, n, tiles.Count())
		if t, err = train.NewTiledImage(d, tiles, n, opt); err != nil {
			return nil, c.begun(err)
		}
	} else {
		picture, err := imageio.ReadDeep(c.Data, maxPicture)
		if err != nil {
			return nil, err
		}
		env.Logf("%s: a picture of %d x %d pixels", c.Data, h.Width, h.Height)
		if t, err = train.NewImage(d, picture, opt); err != nil {
			return nil, c.begun(err)
		}
	}
	defer t.Release()
	result, err := c.run(env, d, t, &trainReport{Parameters: t.Field.Layout.Total, Images: 1}, nothingFound)
	if result != nil {
		env.Logf("size: %.1f KiB of parameters in half precision for a picture of %.1f KiB, %.1f KiB without compression",
			float64(2*t.Field.Layout.Total)/1024, float64(sizeOf(c.Data))/1024, float64(h.Bytes())/1024)
	}
	return result, err
}

// sampling is what --sampling says, or that of the snapshot whose training goes on.
func (c *trainCmd) sampling(resumed *snapshot.Snapshot) (train.Sampling, error) {
	asked, err := train.ParseSampling(c.Sampling)
	if err != nil || resumed == nil {
		return asked, err
	}
	kept, err := train.StoredSampling(resumed)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Resume, err)
	}
	if c.Sampling != "" && asked != kept {
		return "", fmt.Errorf("--sampling %s: %s goes on with another one; leave --sampling out", c.Sampling, c.Resume)
	}
	return kept, nil
}

// stored is how many tiles the training of a snapshot, which may be nil, kept in memory.
func stored(s *snapshot.Snapshot) int {
	if s == nil {
		return 0
	}
	return train.StoredTiles(s)
}

// inTiles decides whether the pixels of a picture stay in a file, of which so many bytes are in memory at a time: where
// --picture-memory says so, where the training of the snapshot that goes on did, and where the picture is too large for anything else.
func (c *trainCmd) inTiles(d gpu.Device, h imageio.Header, resumed *snapshot.Snapshot, free int64) (tiled bool, memory int64) {
	size := pixelBytes(h)
	if c.PictureMemory > 0 {
		memory = int64(c.PictureMemory) << 20
		return size > memory, memory
	}
	memory = poolMemory
	if free > 0 {
		memory = min(memory, free/2)
	}
	tiled = stored(resumed) > 0 || int64(h.Width)*int64(h.Height) > imageio.DefaultMaxPixels || size > d.Info().Limits.MaxBinding || free > 0 && 3*size > free
	return tiled, memory
}

// pixelBytes is the memory of a picture's pixels for training, which keeps 16 bits a channel as halves.
func pixelBytes(h imageio.Header) int64 {
	if h.Bits == 16 {
		return 8 * int64(h.Width) * int64(h.Height)
	}
	return h.Bytes()
}

// pictureFits refuses a picture whose training cannot fit into the free bytes, 0 where nobody knows them: its pixels are
// there three times at once, decoded, on their way to the device and on it, unless they are in tiles; and some formats are decoded in one piece.
func pictureFits(path string, h imageio.Header, tiled bool, free int64) error {
	need := h.DecodeBytes()
	if !tiled {
		need = max(need, 3*pixelBytes(h))
	}
	if free > 0 && need > free {
		return fmt.Errorf("%s: %d x %d pixels of a %s file need at least %d MiB of memory, %d MiB are free; a PNG (not interlaced), TIFF, OpenEXR or bin file is read in tiles",
			path, h.Width, h.Height, h.Format, need>>20, free>>20)
	}
	return nil
}

// cut writes the tiles of the picture beside the model.
func (c *trainCmd) cut(env *app.Env, h imageio.Header) (*imageio.Tiled, error) {
	progress := env.NewProgress("tiles", int64(h.Height))
	defer progress.Done()
	return imageio.Cut(c.Data, filepath.Dir(c.Out), imageio.StripOptions{MaxPixels: maxPicture}, func(done, total int) error {
		progress.Set(int64(done), fmt.Sprintf("row %d of %d", done, total))
		if env.Ctx.Err() != nil {
			return errBeforeFirst
		}
		return nil
	})
}

// sizeOf is the length of a file, 0 where there is none.
func sizeOf(path string) int64 {
	st, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return st.Size()
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

// maxSideBySide is the largest picture that eval writes beside what was learned.
const maxSideBySide = 1 << 26

// evalImage compares a model with the picture at all of its pixels, strip by strip.
func (c *evalCmd) evalImage(env *app.Env, d gpu.Device) error {
	h, err := imageio.Probe(c.Data, maxPicture)
	if err != nil {
		return err
	}
	if free := sysmem.Available(); free > 0 && h.DecodeBytes() > free {
		return pictureFits(c.Data, h, true, free)
	}
	f, err := loadImage(d, c.Model)
	if err != nil {
		return err
	}
	defer f.Release()
	if f.Width != h.Width || f.Height != h.Height {
		return fmt.Errorf("%s was trained on %d x %d pixels, %s has %d x %d", c.Model, f.Width, f.Height, c.Data, h.Width, h.Height)
	}
	if c.Out != "" {
		if h.Width > maxSideBySide/h.Height {
			return app.Usagef("--out: a picture of %d x %d pixels is too large to be written beside its model; use radia render with --window", h.Width, h.Height)
		}
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return fmt.Errorf("%s: cannot be made: %w", c.Out, unwrapPath(err))
		}
	}
	r := imageReport{Device: d.Info().String(), Model: c.Model, Size: [2]int{f.Width, f.Height}, ParamBytes: 2 * int64(f.Layout.Total), ModelBytes: sizeOf(c.Model), ImageBytes: sizeOf(c.Data)}
	progress := env.NewProgress("eval", int64(h.Height))
	defer progress.Done()
	start := time.Now()
	psnr, ssim, err := train.CompareImageFile(f, c.Data, imageio.StripOptions{MaxPixels: maxPicture}, func(done, total int) error {
		progress.Set(int64(done), fmt.Sprintf("row %d of %d", done, total))
		if env.Ctx.Err() != nil {
			return app.ErrInterrupted
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.PSNR, r.Seconds = math.Min(psnr, 99), time.Since(start).Seconds()
	if !math.IsNaN(ssim) {
		r.SSIM = ssim
	}
	if c.Out != "" {
		picture, err := imageio.Read(c.Data, maxPicture)
		if err != nil {
			return err
		}
		pix, err := f.Render(field.Window{X1: 1, Y1: 1}, f.Width, f.Height)
		if err != nil {
			return err
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
	return env.Result(r, fmt.Sprintf("%s: %dx%d, PSNR %.2f dB, SSIM %.4f, compared in %.2f s; model %.1f KiB (parameters %.1f KiB), picture %.1f KiB on %s\n",
		c.Model, r.Size[0], r.Size[1], r.PSNR, r.SSIM, r.Seconds, float64(r.ModelBytes)/1024, float64(r.ParamBytes)/1024, float64(r.ImageBytes)/1024, r.Device))
}

// renderImage renders the window of a picture.
func (c *renderCmd) renderImage(env *app.Env, d gpu.Device) error {
	if c.Mode != "shade" || c.Data != "" || c.Orbit != 0 || c.CameraPath != "" || c.Eye != "" {
		return app.Usagef("%s is a picture: it has no cameras and no other modes; use --size and --window, or --look window", c.Model)
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
		err = app.Usagef("%s: a picture is written as .png or .exr", c.Out)
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
	return w, app.Usagef("--window %q: want X0,Y0,X1,Y1 in fractions of the picture, X0 below X1 and Y0 below Y1", s)
}

// pictureReport is the JSON result of info for a picture.
type pictureReport struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	Format string `json:"format"`
	Size   [2]int `json:"size"`
	HDR    bool   `json:"hdr"`
	Bits   int    `json:"bits"` // of a channel
	Bytes  int64  `json:"bytes"`
	Memory int64  `json:"memory_bytes"`
}

func (c *infoCmd) picture(env *app.Env, size int64) error {
	h, err := imageio.Probe(c.File, maxPicture)
	if err != nil {
		return err
	}
	r := pictureReport{File: c.File, Kind: "picture", Format: h.Format, Size: [2]int{h.Width, h.Height}, HDR: h.HDR, Bits: h.Bits, Bytes: size, Memory: pixelBytes(h)}
	return env.Result(r, fmt.Sprintf("%s: %s picture, %dx%d, %d bits a channel, %.1f KiB, %.1f MiB in memory\n", r.File, r.Format, h.Width, h.Height, h.Bits, float64(size)/1024, float64(r.Memory)/(1<<20)))
}
