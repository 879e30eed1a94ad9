package scene

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// located is a frame whose picture was looked for.
type located struct {
	frameJSON
	index int    // in the file, for messages
	image string // path on disk; empty: missing
}

// pictureExtensions are tried, in this order, for a file_path without one.
var pictureExtensions = []string{".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".exr"}

// join resolves a path of a file against its folder.
func join(dir, p string) string {
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(dir, p)
}

// findImage resolves file_path, trying extensions where it has none.
func findImage(dir, p string) (string, error) {
	full := join(dir, p)
	if st, err := os.Stat(full); err == nil && st.Mode().IsRegular() {
		return full, nil
	}
	for _, e := range pictureExtensions {
		if f := firstFile(full + e); f != "" {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s: no such picture", full)
}

// selectFrames sorts the frames by name, drops what n_frames, sharpness and missing files drop, and keeps the split.
func (d *Dataset) selectFrames(t *transformsJSON, src source) ([]located, error) {
	dir := src.dir()
	fs := make([]located, len(t.Frames))
	for i, f := range t.Frames {
		fs[i] = located{frameJSON: f, index: i}
	}
	sort.SliceStable(fs, func(i, j int) bool { return NaturalLess(fs[i].FilePath, fs[j].FilePath) })
	if t.NFrames != nil {
		n := *t.NFrames
		if !(n >= 1) || n != float64(int(n)) {
			return nil, fmt.Errorf("n_frames = %v, a positive whole number is needed", n)
		}
		fs = fs[:min(int(n), len(fs))]
	}
	var missing []string
	for i := range fs {
		p, err := findImage(dir, fs[i].FilePath)
		if err != nil {
			missing = append(missing, fs[i].FilePath)
			continue
		}
		fs[i].image = p
	}
	if len(missing) == len(fs) {
		return nil, fmt.Errorf("none of the %d listed pictures exists; the first is %s", len(fs), missing[0])
	}
	switch sharp := fs[0].Sharpness != nil; {
	case sharp:
		all := len(fs)
		if fs = dropBlurred(fs, t.SharpnessDiscard); len(fs) == 0 {
			return nil, fmt.Errorf("none of the %d pictures exceeds sharpness_discard_threshold %g times the mean sharpness of its neighbours: correct sharpness or leave it out", all-len(missing), t.SharpnessDiscard)
		}
		if len(missing) > 0 {
			d.Warnings = append(d.Warnings, fmt.Sprintf("%d of %d listed pictures do not exist and are left out (first: %s)", len(missing), all, missing[0]))
		}
		if n := all - len(missing) - len(fs); n > 0 {
			d.Warnings = append(d.Warnings, fmt.Sprintf("%d blurred pictures are left out (sharpness_discard_threshold %g)", n, t.SharpnessDiscard))
		}
	case len(missing) > 0:
		return nil, fmt.Errorf("picture %s does not exist (%d of %d are missing)", missing[0], len(missing), len(fs))
	}
	fs, err := pickSplit(t, src, fs)
	if err != nil {
		return nil, err
	}
	if k := d.opt.Every; k > 1 {
		fs = everyKth(fs, k, true)
	}
	if n := d.opt.MaxFrames; n > 0 && n < len(fs) {
		fs = fs[:n]
	}
	if len(fs) == 0 {
		return nil, fmt.Errorf("split %q has no pictures", src.split)
	}
	return fs, nil
}

// dropBlurred keeps the frames whose file exists and whose sharpness exceeds threshold times the mean over the neighbours
// [i-3, min(i+3, n-1)).
func dropBlurred(fs []located, threshold float64) []located {
	sharp := func(i int) float64 { return val(fs[i].Sharpness) }
	var out []located
	for i := range fs {
		lo, hi := max(0, i-3), min(i+3, len(fs)-1)
		sum := 0.0
		for j := lo; j < hi; j++ {
			sum += sharp(j)
		}
		mean := 0.0
		if hi > lo {
			mean = sum / float64(hi-lo)
		}
		if fs[i].image != "" && sharp(i) > threshold*mean {
			out = append(out, fs[i])
		}
	}
	return out
}

// everyKth keeps the frames with index%k == 0, or the others.
func everyKth(fs []located, k int, on bool) []located {
	var out []located
	for i := range fs {
		if (i%k == 0) == on {
			out = append(out, fs[i])
		}
	}
	return out
}

// pickSplit keeps the split's frames.
func pickSplit(t *transformsJSON, src source, fs []located) ([]located, error) {
	if src.every8 {
		return everyKth(fs, 8, true), nil
	}
	if src.presplit || src.split == "all" {
		return fs, nil
	}
	lists := map[string][]string{"train": t.TrainFilenames, "val": t.ValFilenames, "test": t.TestFilenames}
	if t.TestFilenames == nil {
		lists["test"] = t.ValFilenames
	}
	if t.ValFilenames == nil {
		lists["val"] = t.TestFilenames
	}
	if list := lists[src.split]; list != nil {
		want := map[string]bool{}
		for _, n := range list {
			want[path.Clean(filepath.ToSlash(n))] = true
		}
		var out []located
		for _, f := range fs {
			if want[path.Clean(filepath.ToSlash(f.FilePath))] {
				out = append(out, f)
			}
		}
		return out, nil
	}
	switch src.split {
	case "train":
		if len(fs) == 1 {
			return fs, nil
		}
		return everyKth(fs, 8, false), nil
	case "test", "val", "every8":
		return everyKth(fs, 8, true), nil
	}
	return nil, fmt.Errorf("has no split %q; a single transforms file has train, val, test, every8 and all", src.split)
}

// NaturalLess orders names with runs of digits compared as numbers, so that r_2 comes before r_10.
func NaturalLess(a, b string) bool {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	x, y := a, b
	for x != "" && y != "" {
		if digit(x[0]) && digit(y[0]) {
			i, j := 0, 0
			for i < len(x) && digit(x[i]) {
				i++
			}
			for j < len(y) && digit(y[j]) {
				j++
			}
			m, n := strings.TrimLeft(x[:i], "0"), strings.TrimLeft(y[:j], "0")
			if len(m) != len(n) {
				return len(m) < len(n)
			}
			if m != n {
				return m < n
			}
			x, y = x[i:], y[j:]
			continue
		}
		if x[0] != y[0] {
			return x[0] < y[0]
		}
		x, y = x[1:], y[1:]
	}
	if len(x) != len(y) {
		return len(x) < len(y)
	}
	return a < b // equal but for leading zeros
}
