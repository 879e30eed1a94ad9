package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/tailscale/hujson"

	"github.com/radia-go/radia/cmd/internal/look"
	"github.com/radia-go/radia/cmd/viewer/internal/camera"
	"github.com/radia-go/radia/cmd/viewer/internal/engine"
	"github.com/radia-go/radia/scene"
	"github.com/radia-go/radia/scene/campath"
	"github.com/radia-go/radia/scene/imageio"
)

// pathEditor is the camera path with what its panel sets.
type pathEditor struct {
	campath.Path
	chosen  int
	time    float64 // 0 to 1
	playing bool
	seconds float64
	fps     float64
	samples float64
	height  float64 // of a film, pixels
}

func (p *pathEditor) defaults() {
	*p = pathEditor{Path: campath.Path{Order: 3}, seconds: 4, fps: 24, samples: 4, height: 480}
}

func (p *pathEditor) set(q *campath.Path) {
	p.Path, p.chosen, p.time = *q, 0, 0
	if q.Duration > 0 {
		p.seconds = q.Duration
	}
}

// move changes the chosen key's place with the one before or after it, where there is one.
func (p *pathEditor) move(by int) {
	to := p.chosen + by
	if p.chosen < 0 || p.chosen >= len(p.Keys) || to < 0 || to >= len(p.Keys) {
		return
	}
	p.Keys[p.chosen], p.Keys[to] = p.Keys[to], p.Keys[p.chosen]
	p.chosen = to
}

// jsonKeys are the names in a JSON file, comments allowed; nil of other files.
func jsonKeys(path string) map[string]json.RawMessage {
	b, err := os.ReadFile(path)
	if err != nil || len(b) > 64<<20 {
		return nil
	}
	var keys map[string]json.RawMessage
	if b, err = hujson.Standardize(append(bytes.TrimPrefix(b, []byte("\ufeff")), '\n')); err != nil || json.Unmarshal(b, &keys) != nil {
		return nil
	}
	return keys
}

// hasAny reports whether one of the names is among keys.
func hasAny(keys map[string]json.RawMessage, names ...string) bool {
	for _, k := range names {
		if _, ok := keys[k]; ok {
			return true
		}
	}
	return false
}

// isPath reports whether a JSON file holds a camera path and not a data set, which holds poses too.
func isPath(path string) bool { return hasAny(jsonKeys(path), "path", "camera_path") }

// isConfig reports whether a JSON file holds a configuration of networks, and not a data set or a camera path.
func isConfig(path string) bool {
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		return false
	}
	keys := jsonKeys(path)
	return hasAny(keys, "encoding", "network", "optimizer", "loss", "parent") && !hasAny(keys, "frames", "path", "camera_path")
}

// addKey adds the present view after the chosen key.
func (a *App) addKey() {
	k := campath.FromPose(a.cam.Pose(), a.cam.FOV)
	k.Scale, k.Aperture = a.cam.Distance, float32(a.view.aperture)
	p := &a.path
	at := min(p.chosen+1, len(p.Keys))
	p.Keys = append(p.Keys, campath.Key{})
	copy(p.Keys[at+1:], p.Keys[at:])
	p.Keys[at], p.chosen = k, at
	a.say("key %d of the camera path", len(p.Keys))
}

// showKey moves the camera to a key of the path.
func (a *App) showKey(k campath.Key, smooth bool) {
	d := k.Scale
	if !(d > 0) {
		d = a.cam.Distance
	}
	v := camera.FromPose(k.Pose(), d, k.FOV)
	if smooth {
		a.cam.GoTo(v)
	} else {
		a.cam.SetView(v)
	}
	a.view.index = -1
	a.changed()
}

func (a *App) playPath(dt float64) {
	p := &a.path
	if len(p.Keys) == 0 || p.Check() != nil {
		p.playing = false
		return
	}
	p.time += dt / max(p.seconds, 0.1)
	if p.time >= 1 {
		if p.Loop {
			p.time -= math.Floor(p.time)
		} else {
			p.time, p.playing = 1, false
		}
	}
	a.showKey(p.Eval(p.time), false)
}

// drawPath draws the path and its keys.
func (a *App) drawPath(s *look.Sketch) {
	p := &a.path
	if len(p.Keys) == 0 || p.playing || !a.view.panels || p.Check() != nil {
		return
	}
	steps := 24 * len(p.Keys)
	points := make([]mgl32.Vec3, steps+1)
	for i := range points {
		points[i] = p.Eval(float64(i) / float64(steps) * 0.999999).T
	}
	keys := make([]scene.Camera, len(p.Keys))
	for i := range keys {
		keys[i] = p.Keys[i].Camera(16, 9)
	}
	s.Path(points, keys, p.chosen)
}

func (a *App) pathPanel() {
	u, p := a.ui, &a.path
	n := len(p.Keys)
	u.Pair("keys", "%d", n)
	if n == 0 {
		u.Note("K adds the present view")
	}
	if u.Button("add key (K)") {
		a.addKey()
		return
	}
	if n == 0 {
		return
	}
	p.chosen = min(max(p.chosen, 0), n-1)
	u.Pair("chosen", "%d", p.chosen+1)
	switch u.Buttons(-1, "<", ">", "go", "set") {
	case 0:
		p.chosen = (p.chosen + n - 1) % n
		a.showKey(p.Keys[p.chosen], true)
	case 1:
		p.chosen = (p.chosen + 1) % n
		a.showKey(p.Keys[p.chosen], true)
	case 2:
		a.showKey(p.Keys[p.chosen], true)
	case 3:
		k := campath.FromPose(a.cam.Pose(), a.cam.FOV)
		k.Scale, k.Aperture = a.cam.Distance, float32(a.view.aperture)
		p.Keys[p.chosen] = k
	}
	switch u.Buttons(-1, "earlier", "later", "remove") {
	case 0:
		p.move(-1)
	case 1:
		p.move(1)
	case 2:
		p.Keys = append(p.Keys[:p.chosen], p.Keys[p.chosen+1:]...)
		return
	}
	u.Note("spline order")
	if i := u.Buttons(p.Order, "0", "1", "2", "3"); i >= 0 {
		p.Order = i
	}
	u.Check("loop", &p.Loop)
	if u.Slider("time", "%.2f", &p.time, 0, 1, false) && p.Check() == nil {
		a.showKey(p.Eval(p.time), false)
	}
	u.Slider("seconds", "%.1f", &p.seconds, 0.5, 60, true)
	label := "play"
	if p.playing {
		label = "stop"
	}
	if u.Button(label) {
		if p.playing = !p.playing; p.playing && p.time >= 1 {
			p.time = 0
		}
	}
	if u.Section("film", true) {
		u.Slider("height", "%.0f", &p.height, 64, 2160, true)
		u.Slider("pictures a second", "%.0f", &p.fps, 1, 60, false)
		u.Slider("samples a pixel", "%.0f", &p.samples, 1, 64, true)
		if u.Button("render") {
			a.renderPath()
		}
	}
	if u.Button("save path") {
		a.savePath()
	}
}

func (a *App) savePath() {
	path, err := a.free("path-%04d.json")
	if err == nil {
		q := a.path.Path
		q.Duration = a.path.seconds
		err = q.Save(path)
	}
	a.saved(path, err)
}

// mostFilm is the largest number of pictures of a film.
const mostFilm = 36000

// renderPath renders the path to numbered pictures and makes a film of them.
func (a *App) renderPath() {
	p := a.path
	p.Keys = append([]campath.Key(nil), p.Keys...)
	if err := p.Check(); err != nil {
		a.say("%v", err)
		return
	}
	dir, err := a.free("film-%04d")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		a.say("%v", err)
		return
	}
	n := min(max(int(p.seconds*math.Round(p.fps)+0.5), 1), mostFilm)
	height := int(p.height+0.5) &^ 1
	width := int(float64(height)*float64(a.width)/float64(max(1, a.height))+0.5) &^ 1
	view, style := a.lastReq.View, a.style
	spp, fps := max(1, int(p.samples+0.5)), math.Round(p.fps)
	a.worker.Do("rendering "+filepath.Base(dir), func(ctx context.Context, e engine.Engine, progress func(float64)) error {
		var pictures []*imageio.Image
		for i, cam := range p.Cameras(n, max(2, width), height) {
			v := view
			v.Camera = cam
			if k := p.Eval(float64(i) / float64(max(1, n-1))); k.Aperture > 0 {
				v.Aperture, v.Focus = k.Aperture, max(k.Scale, 1e-3)
			}
			f, err := engine.Mean(ctx, e, v, spp)
			if errors.Is(err, context.Canceled) {
				left := fmt.Sprintf("cancelled: %d of %d pictures are in %s", i, n, dir)
				a.news.Store(&left)
			}
			if err != nil {
				return err
			}
			m := imageio.FromImage(look.Develop(f, cam, style))
			if err := imageio.WritePNG(filepath.Join(dir, fmt.Sprintf("frame_%04d.png", i)), m); err != nil {
				return err
			}
			if len(pictures) < 1000 {
				pictures = append(pictures, m)
			}
			progress(float64(i+1) / float64(n))
		}
		name, err := film(ctx, dir, fps, pictures)
		if ctx.Err() != nil {
			left := fmt.Sprintf("cancelled: %d pictures are in %s, and no film", n, dir)
			a.news.Store(&left)
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		done := fmt.Sprintf("%d pictures and %s in %s", n, name, dir)
		a.news.Store(&done)
		return nil
	})
}

// film joins the pictures of a folder: to an MP4 by ffmpeg where it is installed, else to an animated GIF.
func film(ctx context.Context, dir string, fps float64, pictures []*imageio.Image) (string, error) {
	if tool, err := exec.LookPath("ffmpeg"); err == nil {
		out := filepath.Join(dir, "film.mp4")
		cmd := exec.CommandContext(ctx, tool, "-y", "-loglevel", "error", "-framerate", fmt.Sprint(fps), "-i", filepath.Join(dir, "frame_%04d.png"),
			"-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18", out)
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("ffmpeg: %w: %s", err, bytes.TrimSpace(text))
		}
		return "film.mp4", nil
	}
	return "film.gif", imageio.WriteGIF(filepath.Join(dir, "film.gif"), pictures, imageio.GIFOptions{FPS: fps})
}
