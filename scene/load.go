package scene

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/scene/imageio"
)

// Load reads posed pictures from a folder or a JSON file: NeRF-synthetic, instant-ngp, nerfstudio or a COLMAP model. The headers of all pictures are
// read before any is decoded, so that a set too large for the machine is refused at once.
func Load(path string, opt LoadOptions) (*Dataset, error) {
	if opt.Downscale < 0 || opt.Every < 0 || opt.MaxFrames < 0 || opt.Workers < 0 {
		return nil, fmt.Errorf("loading %s: downscale %d, every %d, max frames %d and workers %d must not be negative", path, opt.Downscale, opt.Every, opt.MaxFrames, opt.Workers)
	}
	opt.Downscale = max(opt.Downscale, 1)
	if opt.Workers == 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	src, err := locate(path, opt.Split)
	if err != nil {
		return nil, err
	}
	t, warnings, err := src.read()
	if err != nil {
		return nil, err
	}
	d, err := newDataset(t, src, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.json, err)
	}
	d.Warnings = append(warnings, src.beside()...)
	frames, err := d.selectFrames(t, src)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.json, err)
	}
	if err := d.addFrames(t, frames); err != nil {
		return nil, fmt.Errorf("%s: %w", src.json, err)
	}
	if n := d.blind(float64(d.AABBScale)); n > 0 && n < len(d.Frames) {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%d of %d cameras see nothing of the scene's cube: check aabb_scale, scale and offset", n, len(d.Frames)))
	}
	if err := d.checkMemory(); err != nil {
		return nil, fmt.Errorf("%s: %w", src.json, err)
	}
	if !opt.Lazy {
		if err := d.decodeAll(); err != nil {
			return nil, fmt.Errorf("%s: %w", src.json, err)
		}
	}
	return d, nil
}

// newDataset fills everything that does not depend on the pictures.
func newDataset(t *transformsJSON, src source, opt LoadOptions) (*Dataset, error) {
	d := &Dataset{Path: src.json, Split: src.split, opt: opt, Envmap: t.Envmap, Up: mgl32.Vec3{0, 1, 0},
		whiteTransparent: t.WhiteTransparent, blackTransparent: t.BlackTransparent, AppliedTransform: t.AppliedTransform}
	if n := t.ExtraDims; n != nil {
		if !(*n >= 0 && *n <= MaxLatents) || *n != math.Trunc(*n) {
			return nil, fmt.Errorf("%s: n_extra_learnable_dims %g: must be a whole number from 0 to %d", src.json, *n, MaxLatents)
		}
		d.Latents = int(*n)
	}
	var err error
	if d.Transform, err = t.transform(); err != nil {
		return nil, err
	}
	if opt.AABBScale != 0 {
		v := float64(opt.AABBScale)
		t.AABBScale = &v
	}
	if d.AABBScale, err = t.aabbScale(); err != nil {
		return nil, err
	}
	half := float32(d.AABBScale) / 2
	d.RenderAABB = [2]mgl32.Vec3{{0.5 - half, 0.5 - half, 0.5 - half}, {0.5 + half, 0.5 + half, 0.5 + half}}
	if t.RenderAABB != nil {
		lo, hi, err := box(t.RenderAABB, "render_aabb")
		if err != nil {
			return nil, err
		}
		for i := range lo {
			d.RenderAABB[0][i], d.RenderAABB[1][i] = float32(lo[i]), float32(hi[i])
		}
	}
	if t.Up != nil {
		up, err := vec3(t.Up, "up")
		if err != nil {
			return nil, err
		}
		up = d.Transform.Direction(up)
		d.Up = mgl32.Vec3{float32(up[0]), float32(up[1]), float32(up[2])}
		if d.Up.Len() < 1e-12 {
			return nil, fmt.Errorf("up is the zero vector")
		}
		d.Up = d.Up.Normalize()
	}
	if n := len(t.RollingShutter); n > 0 {
		if n != 3 && n != 4 {
			return nil, fmt.Errorf("rolling_shutter has %d values, 3 or 4 are needed", n)
		}
		for i, v := range t.RollingShutter {
			d.RollingShutter[i] = float32(v)
		}
	}
	if t.IntegerDepthScale != nil && (t.EnableDepth == nil || *t.EnableDepth) {
		if d.depthScale = *t.IntegerDepthScale; !finite(d.depthScale) || d.depthScale < 0 {
			return nil, fmt.Errorf("integer_depth_scale = %v, a positive number is needed", d.depthScale)
		}
	}
	if t.Sharpen != nil {
		if d.sharpen = *t.Sharpen; !(d.sharpen >= 0 && d.sharpen <= 1) {
			return nil, fmt.Errorf("sharpen = %v, a number from 0 to 1 is needed", d.sharpen)
		}
	}
	d.fixPremult = truthy(t.FixPremult)
	d.rays = t.EnableRays == nil || *t.EnableRays
	switch {
	case t.studio || t.AppliedTransform != nil || t.TrainFilenames != nil || t.TestFilenames != nil || t.ValFilenames != nil:
		d.Kind = Nerfstudio
	case src.colmap != nil:
		d.Kind = COLMAP
	case src.presplit && t.AABBScale == nil && t.FlX == nil && filepath.Ext(t.Frames[0].FilePath) == "":
		d.Kind = NeRFSynthetic
		d.Background = [3]float32{1, 1, 1}
	default:
		d.Kind = InstantNGP
	}
	return d, nil
}

// source is what locate found.
type source struct {
	json     string // with a COLMAP model, its list of images
	colmap   *colmapModel
	merged   []string // all files of a folder that are read as one, json the first
	split    string
	presplit bool // the file holds one split already
	every8   bool // keep index % 8 == 0 of it
}

// locate finds the JSON file of a split.
func locate(path, split string) (source, error) {
	st, err := os.Stat(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return source{}, fmt.Errorf("%s: %w", path, err)
	}
	if strings.ContainsAny(split, `/\`) {
		return source{}, fmt.Errorf("split %q is not a name", split)
	}
	exists := func(p string) bool {
		s, err := os.Stat(p)
		return err == nil && !s.IsDir()
	}
	if !st.IsDir() {
		if !strings.EqualFold(filepath.Ext(path), ".json") {
			return source{}, fmt.Errorf("%s: not a scene: a folder or a transforms JSON file is needed", path)
		}
		named := strings.HasPrefix(filepath.Base(path), "transforms_")
		if split == "" {
			if named {
				return source{json: path, split: suffix(path), presplit: true}, nil
			}
			return source{json: path, split: "all"}, nil
		}
		if named {
			sib := filepath.Join(filepath.Dir(path), "transforms_"+split+".json")
			if exists(sib) {
				return source{json: sib, split: split, presplit: true}, nil
			}
		}
		return source{json: path, split: split}, nil
	}
	if split == "" {
		split = "train"
	}
	if p := filepath.Join(path, "transforms_"+split+".json"); exists(p) {
		return source{json: p, split: split, presplit: true}, nil
	}
	single := filepath.Join(path, "transforms.json")
	if exists(single) {
		return source{json: single, split: split}, nil
	}
	if p := filepath.Join(path, "transforms_train.json"); split == "all" && exists(p) {
		return source{json: p, split: "train", presplit: true}, nil
	}
	if p := filepath.Join(path, "transforms_test.json"); split == "every8" && exists(p) {
		return source{json: p, split: split, presplit: true, every8: true}, nil
	}
	have, _ := filepath.Glob(filepath.Join(globLiteral(path), "transforms_*.json"))
	named := false
	for i, h := range have {
		have[i] = suffix(h)
		named = named || slices.Contains([]string{"train", "val", "test"}, have[i])
	}
	if !named {
		files, err := mergeable(path)
		switch {
		case err != nil:
			return source{}, err
		case len(files) == 0:
			m, err := findColmap(path)
			if err != nil {
				return source{}, err
			}
			if m == nil {
				return source{}, fmt.Errorf("%s: not a scene: neither a JSON file with frames nor a COLMAP model is in it", path)
			}
			return source{json: m.ImagesFile(), colmap: m, split: split}, nil
		}
		return source{json: files[0], merged: files, split: split}, nil
	}
	return source{}, fmt.Errorf("%s: has no split %q; it has %s", path, split, strings.Join(have, ", "))
}

// addFrames checks poses and headers and adds the frames.
func (d *Dataset) addFrames(t *transformsJSON, frames []located) error {
	d.Frames = make([]Frame, len(frames))
	notes := make([]map[string]bool, len(frames))
	err := d.parallel(len(frames), nil, func(i int) error {
		notes[i] = map[string]bool{}
		f, err := d.frame(t, frames[i], func(s string) { notes[i][s] = true })
		if err != nil {
			return fmt.Errorf("frame %d (%s): %w", frames[i].index, frames[i].FilePath, err)
		}
		d.Frames[i] = f
		return nil
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range d.Frames {
		for n := range notes[i] {
			if !seen[n] {
				seen[n] = true
				d.Warnings = append(d.Warnings, n)
			}
		}
		if d.Frames[i].full.HDR != d.Frames[0].full.HDR {
			return fmt.Errorf("frame %d (%s): 8-bit and EXR pictures are mixed", frames[i].index, frames[i].FilePath)
		}
	}
	sort.Strings(d.Warnings)
	d.HDR = d.Frames[0].full.HDR
	if d.fixPremult && !d.HDR {
		d.Warnings = append(d.Warnings, "fix_premult is ignored: it concerns EXR pictures")
	}
	return nil
}

// frame makes one Frame; everything the file can get wrong about it is found here.
func (d *Dataset) frame(t *transformsJSON, lf located, note func(string)) (Frame, error) {
	f := Frame{Name: lf.FilePath, ImagePath: lf.image}
	matrix, key := lf.Matrix, "transform_matrix"
	if matrix == nil && lf.Start != nil {
		matrix, key = lf.Start, "transform_matrix_start"
	}
	m, err := matrix4(matrix, key)
	if err != nil {
		return f, err
	}
	if f.full, err = imageio.Probe(lf.image, d.opt.MaxPixels); err != nil {
		return f, err
	}
	if f.Camera, err = t.lensKeys.over(lf.lensKeys).camera(f.full.Width, f.full.Height, note); err != nil {
		return f, err
	}
	f.Camera.Pose = d.Transform.Pose(m)
	for _, v := range f.Camera.Pose {
		if !finite(float64(v)) {
			return f, fmt.Errorf("%s leaves the range of float32", key)
		}
	}
	if lf.End != nil {
		e, err := matrix4(lf.End, "transform_matrix_end")
		if err != nil {
			return f, err
		}
		p := d.Transform.Pose(e)
		f.PoseEnd = &p
	}
	if f.Light, err = d.light(lf.Driver); err != nil {
		return f, err
	}
	if lf.Sharpness != nil {
		f.Sharpness = float32(*lf.Sharpness)
	}
	if w, h := d.scaled(f.full); d.opt.Downscale > 1 {
		f.Camera = f.Camera.Resized(w, h)
	}
	dir := filepath.Dir(d.Path)
	if lf.MaskPath != "" {
		f.maskPath = join(dir, lf.MaskPath)
		if st, err := os.Stat(f.maskPath); err != nil {
			return f, fmt.Errorf("mask_path: %w", err)
		} else if !st.Mode().IsRegular() {
			return f, fmt.Errorf("mask_path: %s: is not a regular file", f.maskPath)
		}
	}
	if dp := lf.DepthPath + lf.DepthFile; dp != "" && d.depthScale > 0 {
		if lf.DepthPath != "" {
			dp = lf.DepthPath
		}
		if f.depthPath, err = findImage(dir, dp); err != nil {
			return f, fmt.Errorf("depth_path: %w", err)
		}
	}
	ext := filepath.Ext(lf.image)
	stem := strings.TrimSuffix(lf.image, ext)
	f.alphaPath = firstFile(lf.image+".alpha"+ext, stem+".alpha"+ext)
	f.dynamicMask = firstFile(filepath.Join(filepath.Dir(lf.image), "dynamic_mask_"+filepath.Base(stem)+".png"))
	if d.rays {
		f.raysPath = firstFile(filepath.Join(filepath.Dir(lf.image), "rays_"+filepath.Base(stem)+".dat"))
	}
	return f, nil
}

func firstFile(paths ...string) string {
	for _, p := range paths {
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

// scaled is the size of a picture after downscaling, rounded to nearest and at least one pixel.
func (d *Dataset) scaled(h imageio.Header) (w, ht int) {
	k := d.opt.Downscale
	return max(1, (h.Width+k/2)/k), max(1, (h.Height+k/2)/k)
}

// decodeAll decodes every picture, in parallel.
func (d *Dataset) decodeAll() error {
	return d.parallel(len(d.Frames), d.opt.Progress, func(i int) (err error) {
		f := &d.Frames[i]
		f.image, f.depth, err = d.decode(i)
		return err
	})
}

// parallel runs f(0..n-1) on the data set's workers and returns the error of the smallest index, so that messages do not depend on timing.
func (d *Dataset) parallel(n int, progress func(done, total int), f func(i int) error) error {
	var next, done atomic.Int64
	var failed atomic.Bool
	var mu sync.Mutex
	errs := make([]error, n)
	var wg sync.WaitGroup
	for w := 0; w < min(d.opt.Workers, n); w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= n || failed.Load() {
					return
				}
				if d.opt.Ctx != nil && d.opt.Ctx.Err() != nil {
					errs[i] = d.opt.Ctx.Err()
				} else {
					errs[i] = f(i)
				}
				if errs[i] != nil {
					failed.Store(true)
				}
				if progress != nil {
					mu.Lock()
					progress(int(done.Add(1)), n)
					mu.Unlock()
				}
			}
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
