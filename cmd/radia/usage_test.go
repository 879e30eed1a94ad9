package main

import (
	"cmp"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// misuses lists, for each command, values of its flags that no data could make right.
var misuses = map[string][]string{
	"train": {
		"-o m.txt", "--steps=-1", "--steps=x", "--seconds=-1", "--seconds=NaN", "--seconds=1e300", "--downscale=0", "--downscale=-2", "--aabb-scale=3", "--aabb-scale=-1", "--aabb-scale=256", "--batch=-1", "--sampling=nowhere", "--train-mode=rf", "--train-mode-from=-1 --train-mode=rfl", "--train-mode-to=5", "--train-mode-from=5", "--picture-memory=-1", "--learning-rate=-1", "--learning-rate=NaN", "--learning-rate=1001", "--loss=L3", "--near-distance=-1", "--near-distance=NaN", "--freeze=light", "--picture-memory=9999999999", "--batch=3",
		"--batch=1000", "--batch=99999999", "--seed=-1", "--seed=x", "--background=pink", "--background=#12345", "--precision=double", "--save-every=-1s",
		"--save-every=soon", "--up=w", "--pipeline=mega", "--depth-weight=-1", "--depth-weight=NaN", "--depth-loss=L1", "--depth-loss=L7 --depth-weight=1", "--appearance=-1", "--appearance=1000", "--appearance=x",
	},
	"eval": {"--every=0", "--every=-1", "--max-views=-1", "--downscale=0", "--spp=0", "--spp=99999999", "--background=pink", "--pipeline=some"},
	"render": {
		"-o p.bmp", "-o p", "--view=-1", "--orbit=-1", "--orbit=99999999", "--frames=-1", "--frames=99999999", "--elevation=91", "--elevation=NaN", "--azimuth=NaN", "--azimuth=1e7", "--fps=0",
		"--fps=-1", "--fps=NaN", "--fps=1e9", "--size=0x4", "--size=4", "--size=4x", "--size=99999999x4", "--size=-1x4", "--spp=0", "--spp=99999999", "--mode=pretty",
		"--background=pink", "--up=w", "--exposure=NaN", "--exposure=65", "--window=1", "--window=1,1,0,0", "--window=0,0,NaN,1", "--near=-1", "--near=NaN",
		"--crop=1", "--crop=1,1,1,0,0,0", "--crop=0.5,0,0,0.5,1,1", "--exposure=1e30", "--crop=0,0,0,1,1,NaN", "--slice=-1", "--levels=x", "--levels=3-1", "--levels=-1", "--appearance=-1", "--appearance=x", "--aperture=-1", "--focus=0", "--focus=NaN",
		"--fov=0.5", "--fov=180", "--pipeline=some",
		"--eye=1,2", "--eye=1,1,x --at=0,0,0", "--eye=1,1,1", "--at=1,2,3", "--at=1,1,1 --eye=1,1,1", "--roll=1e9", "--roll=30", "--eye=1,1,1 --at=0,0,0 --orbit=3", "--look=nice", "--curve=steep", "--curve=ACES", "--overlay=crop",
		"--overlay=everything --look=window", "--truth=lies", "--truth=error", "--truth=error --look=window", "--truth-opacity=0", "--truth-opacity=NaN", "--background=checker",
	},
	"mesh":  {"-o m.txt", "--resolution=7", "--resolution=9999", "--threshold=NaN", "--threshold=x", "--box=1", "--box=1,1,1,0,0,0", "--points"},
	"info":  {"--split"},
	"synth": {"--views=0", "--views=99999", "--test=0", "--test=-1", "--size=0", "--size=99999", "--size=x", "--cloud=-1", "--cloud=7", "--cloud=9999", "--seed=x"},
	"demo":  {"--seconds=0", "--seconds=-1", "--seconds=NaN", "--views=0", "--size=0", "--frames=0", "--frames=99999999"},
}

// misuseOfAll are values of the flags of every command that computes.
var misuseOfAll = []string{"--device=teapot", "--device=cpu:1", "--device=auto:1", "--device=vulkan:", "--device=", "--threads=-1", "--threads=99999", "--variant=magic"}

// TestMisuse holds that a wrong value of a flag ends every command with code 2 before any work: with one line that names the
// flag, nothing on standard output and nothing written.
func TestMisuse(t *testing.T) {
	f, dir := share(t), t.TempDir()
	base := map[string][]string{
		"train": {"train", f.scene}, "eval": {"eval", f.model, f.scene}, "render": {"render", f.model}, "mesh": {"mesh", f.model},
		"info": {"info", f.scene}, "synth": {"synth", filepath.Join(dir, "s")}, "demo": {"demo", filepath.Join(dir, "d")},
	}
	out := map[string]string{"train": "m.ingp", "render": "p.png", "mesh": "m.obj"}
	for name, list := range misuses {
		if name != "info" && name != "synth" {
			list = slices.Concat(list, misuseOfAll)
		}
		for _, flags := range list {
			args := slices.Clone(base[name])
			for _, a := range strings.Fields(flags) {
				if strings.HasPrefix(flags, "-o") && a != "-o" {
					a = filepath.Join(dir, a)
				}
				args = append(args, a)
			}
			want := regexp.MustCompile(`--[a-z-]+|[a-z.]+$`).FindString(flags) // the first one is wrong
			if o := out[name]; o != "" && !strings.HasPrefix(flags, "-o") {
				args = append(args, "-o", filepath.Join(dir, o))
			}
			t.Run(name+" "+flags, func(t *testing.T) { refuseWith(t, 2, dir, want, args...) })
		}
	}
	for _, args := range [][]string{{}, {"bake"}, {"train"}, {"train", f.scene}, {"eval", f.model}, {"render"}, {"mesh", f.model}, {"info"}, {"synth"}, {"info", f.model, "--shiny"}} {
		if code, stdout, stderr := command(args...); code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: code %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

// free are flags for which every value means something, or whose value names what lies outside the program.
const free = "--json --version --data --out --config --seed --exact --resume --small --environment --split --model --camera-path --no-colors --profile --kernels --depth --optimize-exposure --refine-cameras --dir --file"

// TestEveryFlagIsMisused walks the command line, so that a new flag cannot be left out of the table above.
func TestEveryFlagIsMisused(t *testing.T) {
	var walk func(typ reflect.Type, command string)
	kebab := regexp.MustCompile(`([a-z0-9])([A-Z])`)
	walk = func(typ reflect.Type, command string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if _, isCommand := f.Tag.Lookup("cmd"); isCommand {
				walk(f.Type, strings.ToLower(f.Name))
				continue
			}
			if f.Tag.Get("kong") == "-" {
				continue
			}
			if f.Anonymous {
				walk(f.Type, command)
				continue
			}
			flag := "--" + cmp.Or(f.Tag.Get("name"), strings.ToLower(kebab.ReplaceAllString(f.Name, "$1-$2")))
			if slices.Contains(strings.Fields(free), flag) {
				continue
			}
			if !slices.ContainsFunc(slices.Concat(misuses[command], misuseOfAll), func(s string) bool { return strings.HasPrefix(s, flag) }) {
				t.Errorf("%s %s: no wrong value of it is tried", command, flag)
			}
		}
	}
	walk(reflect.TypeFor[cli](), "")
}
