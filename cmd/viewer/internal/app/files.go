package app

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/imageio"
)

func savePNG(path string, m image.Image) error {
	return imageio.WritePNG(path, imageio.FromImage(m))
}

// free is the first name of the pattern that no file has yet.
func (a *App) free(pattern string) (string, error) {
	for i := 1; i < 100000; i++ {
		p := filepath.Join(a.opt.OutDir, fmt.Sprintf(pattern, i))
		if _, err := os.Lstat(p); os.IsNotExist(err) {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s: no number is free", filepath.Join(a.opt.OutDir, pattern))
}

// straight is the frame with straight alpha in 8 bits.
func straight(f *engine.Frame) *imageio.Image {
	m := imageio.New(f.Width, f.Height)
	for i := range m.Pix {
		c := f.Color[4*i : 4*i+4]
		if !(c[3] > 0) {
			continue
		}
		q := func(v float32) uint8 {
			return uint8(min(max(imageio.LinearToSRGB(float64(v/c[3])), 0), 1)*255 + 0.5)
		}
		m.Pix[i] = imageio.Pack(q(c[0]), q(c[1]), q(c[2]), uint8(min(c[3], 1)*255+0.5))
	}
	return m
}

// savePicture saves what is seen without the panels: colours with alpha, other modes as shown.
func (a *App) savePicture() {
	if a.last == nil {
		return
	}
	path, err := a.free("picture-%04d.png")
	if err == nil {
		err = a.writePicture(path)
	}
	a.saved(path, err)
}

func (a *App) writePicture(path string) error {
	f, err := a.frame()
	switch {
	case err != nil:
		return err
	case a.style.Mode == look.Shade && a.truth.mode == noTruth:
		return imageio.WritePNG(path, straight(f))
	case a.staying():
		cam := a.last.Request.View.Camera.Resized(f.Width, f.Height)
		look.Scale(a.base, look.Develop(f, cam, a.style))
		look.Compare(a.base, a.compared())
	}
	return savePNG(path, a.base)
}

// saveEXR saves linear colours, alpha and depth.
func (a *App) saveEXR() {
	if a.last == nil {
		return
	}
	path, err := a.free("picture-%04d.exr")
	var f *engine.Frame
	if err == nil {
		f, err = a.frame()
	}
	if err == nil {
		n := f.Width * f.Height
		planes := make([]imageio.Plane, 0, 5)
		for k, name := range []string{"R", "G", "B", "A"} {
			p := imageio.Plane{Name: name, Data: make([]float32, n)}
			for i := range p.Data {
				p.Data[i] = f.Color[4*i+k]
			}
			planes = append(planes, p)
		}
		planes = append(planes, imageio.Plane{Name: "Z", Data: f.Depth})
		err = imageio.WriteEXR(path, f.Width, f.Height, planes)
	}
	a.saved(path, err)
}

func (a *App) saved(path string, err error) {
	if err != nil {
		a.say("%v", err)
		return
	}
	a.say("saved %s", path)
}

func (a *App) saveSnapshot() {
	if !a.status.About.CanSave {
		a.say("%s: there is nothing to save", a.status.About.Kind)
		return
	}
	path, err := a.free("snapshot-%04d.ingp")
	if err != nil {
		a.say("%v", err)
		return
	}
	a.worker.Do("saving "+path, func(_ context.Context, e engine.Engine, _ func(float64)) error { return e.Save(path) })
	a.say("saving %s", path)
}

// open shows a file or folder: a camera path, a configuration with which the training starts again, or whatever Options.Open knows.
func (a *App) open(path string) {
	if p, err := campath.Load(path, a.status.About.Transform); err == nil && filepath.Base(path) != "transforms.json" {
		if st, serr := os.Stat(path); serr == nil && !st.IsDir() && isPath(path) {
			a.path.set(p)
			a.say("camera path of %d keys", len(p.Keys))
			return
		}
	}
	if isConfig(path) {
		a.begin(path)
		return
	}
	if a.opt.Open == nil {
		a.say("%s: nothing here opens files", path)
		return
	}
	a.opened.Store(true)
	a.worker.Replace("opening "+filepath.Base(path), func(ctx context.Context, progress func(float64)) (engine.Engine, error) {
		return a.opt.Open(ctx, path, progress)
	})
}
