package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/scene/snapshot"
)

// names lists a folder and everything in it.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// refuse runs a command that must end with code 1, say why in one line that holds every word of want, print nothing on
// standard output and leave the folder as it was.
func refuse(t *testing.T, dir, want string, args ...string) {
	t.Helper()
	refuseWith(t, 1, dir, want, args...)
}

// refuseWith is refuse with another exit code.
func refuseWith(t *testing.T, exit int, dir, want string, args ...string) {
	t.Helper()
	before := names(t, dir)
	code, out, text := command(append(args, "--json")...)
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, "radia: ") {
			lines = append(lines, line)
		}
	}
	if code != exit || out != "" || len(lines) != 1 || !strings.HasSuffix(text, lines[0]+"\n") {
		t.Fatalf("%v: code %d, stdout %q, stderr\n%s", args, code, out, text)
	}
	for _, word := range strings.Split(want, "|") {
		if !strings.Contains(lines[0], word) {
			t.Errorf("%v: %q does not say %q", args, lines[0], word)
		}
	}
	if after := names(t, dir); !slices.Equal(before, after) {
		t.Errorf("%v: the folder changed:\n%v\n%v", args, before, after)
	}
}

// badScene is a copy of the shared scene with one thing wrong.
func badScene(t *testing.T, change func(json string) string, picture func([]byte) []byte) string {
	t.Helper()
	f, dir := share(t), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(f.scene)); err != nil {
		t.Fatal(err)
	}
	edit := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		was := string(read(t, filepath.Join(dir, "transforms_train.json")))
		is := change(was)
		if is == was {
			t.Fatal("the change found nothing to change")
		}
		edit("transforms_train.json", []byte(is))
	}
	if picture != nil {
		edit("train/r_0.png", picture(read(t, filepath.Join(dir, "train/r_0.png"))))
	}
	return dir
}

// after replaces the JSON value that follows the first occurrence of key and a colon, up to end.
func after(key, end, value string) func(string) string {
	return func(s string) string {
		at := strings.Index(s, `"`+key+`"`)
		if at < 0 {
			return s
		}
		from := at + strings.Index(s[at:], ":") + 1
		return s[:from] + value + s[from+strings.Index(s[from:], end):]
	}
}

// claim rewrites the size in a PNG's header, checksum included.
func claim(width uint32) func([]byte) []byte {
	return func(b []byte) []byte {
		b = bytes.Clone(b)
		for i := range 8 { // width, then height
			b[16+i] = byte(width >> (24 - 8*(i%4)))
		}
		sum := crc32.ChecksumIEEE(b[12:29])
		for i := range 4 {
			b[29+i] = byte(sum >> (24 - 8*i))
		}
		return b
	}
}

func TestBadData(t *testing.T) {
	f := share(t)
	matrix := func(value string) func(string) string {
		return func(s string) string {
			at := strings.Index(s, `"transform_matrix"`)
			end := at + strings.Index(s[at:], "]]")
			if end < at { // spread over lines
				end = at + strings.Index(s[at:], "}")
				for s[end] != ']' {
					end--
				}
				return s[:at] + `"transform_matrix":` + value + s[end+1:]
			}
			return s[:at] + `"transform_matrix":` + value + s[end+2:]
		}
	}
	for _, c := range []struct {
		name, want string
		change     func(string) string
		picture    func([]byte) []byte
	}{
		{"no frames", "transforms_train.json|frames", func(string) string { return `{"camera_angle_x":0.7,"frames":[]}` }, nil},
		{"not JSON", "transforms_train.json", func(s string) string { return s[:len(s)/2] }, nil},
		{"an empty file", "transforms_train.json", func(string) string { return "" }, nil},
		{"singular pose", "transforms_train.json|singular", matrix("[[1,0,0,0],[1,0,0,0],[0,0,1,0],[0,0,0,1]]"), nil},
		{"NaN pose", "transforms_train.json", matrix("[[NaN,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]"), nil},
		{"infinite pose", "transforms_train.json", matrix("[[1e999,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]"), nil},
		{"short pose", "transforms_train.json|transform_matrix", matrix("[[1,0,0,0]]"), nil},
		{"negative angle", "transforms_train.json|camera_angle_x", after("camera_angle_x", ",", "-0.7"), nil},
		{"negative focal", "transforms_train.json|fl_x", func(s string) string { return strings.Replace(s, "{", `{"fl_x":-5,`, 1) }, nil},
		{"missing picture", "transforms_train.json|r_77", func(s string) string { return strings.Replace(s, "r_0\"", "r_77\"", 1) }, nil},
		{"cameras beside the cube", "transforms_train.json|no camera sees|\"scale\"|\"offset\"", func(s string) string { return strings.Replace(s, "{", `{"offset":[90,0.5,0.5],`, 1) }, nil},
		{"odd aabb_scale", "transforms_train.json|aabb_scale", func(s string) string { return strings.Replace(s, "{", `{"aabb_scale":3,`, 1) }, nil},
		{"truncated picture", "r_0.png", nil, func(b []byte) []byte { return b[:len(b)/2] }},
		{"truncated header", "r_0.png", nil, func(b []byte) []byte { return b[:20] }},
		{"empty picture", "r_0.png", nil, func([]byte) []byte { return nil }},
		{"no picture", "r_0.png", nil, func([]byte) []byte { return []byte("a text, no picture") }},
		{"gigantic picture", "r_0.png", nil, claim(1 << 30)},
		{"large picture without data", "r_0.png", nil, claim(8000)},
		{"picture of size 0", "r_0.png", nil, claim(0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := badScene(t, c.change, c.picture)
			refuse(t, dir, c.want, "train", dir, "-o", filepath.Join(dir, "m.ingp"), "--config", f.config, "--steps", "1", "--batch", "1024", "--device", "cpu")
		})
	}
}

func TestBadArguments(t *testing.T) {
	f, dir := share(t), t.TempDir()
	in := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := filepath.Join(dir, "m.ingp")
	picture := filepath.Join(dir, "p.png")
	unknown := in("unknown.json", strings.Replace(fmt.Sprintf(tinyConfig, "1e-2"), "n_levels", "n_leveels", 1))
	wide := in("wide.json", strings.ReplaceAll(fmt.Sprintf(tinyConfig, "1e-2"), `"n_neurons": 16`, `"n_neurons": 17`))
	other := in("other.json", strings.Replace(fmt.Sprintf(tinyConfig, "1e-2"), `"n_levels": 2`, `"n_levels": 3`, 1))
	for _, c := range []struct {
		want string
		args []string
	}{
		{"nowhere", []string{"train", filepath.Join(dir, "nowhere"), "-o", out}},
		{"not a scene", []string{"train", dir, "-o", out}},
		{"nowhere", f.train(filepath.Join(dir, "nowhere", "m.ingp"))},
		{"no split", f.train(out, "--split", "sundays")},
		{"unknown.json|n_leveels", append(f.train(out), "--config", unknown)},
		{"wide.json|n_neurons", append(f.train(out), "--config", wide)},
		{"nothing.json", append(f.train(out), "--config", filepath.Join(dir, "nothing.json"))},
		{"nothing.ingp", f.train(out, "--resume", filepath.Join(dir, "nothing.ingp"))},
		{"other.json|model.msgpack|n_levels is 2 in one and 3 in the other", append(f.train(out, "--resume", f.model), "--config", other)},
		{"--seed 5|seed 1337", f.train(out, "--resume", f.model, "--seed", "5")},
		{"teapot", f.train(out, "--device", "vulkan:teapot")},
		{"nothing.ingp", []string{"eval", filepath.Join(dir, "nothing.ingp"), f.scene, "--device", "cpu"}},
		{"nowhere", []string{"eval", f.model, filepath.Join(dir, "nowhere"), "--device", "cpu"}},
		{"--view 12", []string{"render", f.model, "-o", picture, "--view", "12", "--device", "cpu"}},
		{"nothing.json", []string{"render", f.model, "-o", picture, "--camera-path", filepath.Join(dir, "nothing.json"), "--device", "cpu"}},
		{"transforms_train.json", []string{"eval", filepath.Join(f.scene, "transforms_train.json"), f.scene, "--device", "cpu"}},
		{"nothing", []string{"info", filepath.Join(dir, "nothing")}},
	} {
		t.Run(strings.ReplaceAll(c.want, "/", " "), func(t *testing.T) { refuse(t, dir, c.want, c.args...) })
	}
}

// TestBadModels flips and cuts a snapshot in many places. A flipped number may still be a model; what must not happen is
// a panic, more than one line, or a picture that is not whole.
func TestBadModels(t *testing.T) {
	f, dir := share(t), t.TempDir()
	good := read(t, f.model)
	bad := filepath.Join(dir, "bad.msgpack")
	put := func(data []byte) {
		if err := os.WriteFile(bad, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 {
		put(good[:len(good)*i/12])
		refuse(t, dir, "bad.msgpack", "info", bad)
	}
	put(good[:len(good)/2])
	refuse(t, dir, "bad.msgpack", "render", bad, "-o", filepath.Join(dir, "p.png"), "--device", "cpu")
	refuse(t, dir, "bad.msgpack", "eval", bad, f.scene, "--device", "cpu")
	refuse(t, dir, "bad.msgpack", f.train(filepath.Join(dir, "m.ingp"), "--resume", bad)...)
	refused := 0
	for i := range 40 { // the keys stand between the large arrays: the start is dense in them
		b := bytes.Clone(good)
		at := 1 + 23*i
		b[at] ^= 0x81
		put(b)
		code, out, text := command("info", bad, "--json")
		switch {
		case code == 0 && strings.Count(out, "\n") == 1:
		case code == 1 && out == "" && strings.Count(text, "\n") == 1 && strings.Contains(text, "bad.msgpack"):
			refused++
		default:
			t.Errorf("byte %d flipped: code %d, stdout %q, stderr %q", at, code, out, text)
		}
	}
	if refused == 0 {
		t.Error("no flip was noticed")
	}
}

// TestBadCheckpoint resumes a model whose training state is impossible.
func TestBadCheckpoint(t *testing.T) {
	f, dir := share(t), t.TempDir()
	s, err := snapshot.Load(f.model)
	if err != nil {
		t.Fatal(err)
	}
	state, err := s.Radia.Uint32("train_state")
	if err != nil {
		t.Fatal(err)
	}
	state[1] = 1 << 30 // rays of a step
	s.Radia.SetUint32("train_state", state)
	sick := filepath.Join(dir, "sick.msgpack")
	if err := snapshot.Save(sick, s); err != nil {
		t.Fatal(err)
	}
	refuse(t, dir, "sick.msgpack|train_state|1073741824 rays", f.train(filepath.Join(dir, "m.ingp"), "--resume", sick)...)
}

// TestWrongPairing resumes a model on data of another box.
func TestWrongPairing(t *testing.T) {
	f := share(t)
	dir := badScene(t, func(s string) string { return strings.Replace(s, "{", `{"aabb_scale":4,`, 1) }, nil)
	refuse(t, dir, "aabb_scale|"+f.model, "train", dir, "-o", filepath.Join(dir, "m.ingp"), "--resume", f.model, "--steps", "1", "--device", "cpu")
}

// TestDiverged resumes a model with weights whose products leave float32; what lies at the target must stay as it is.
func TestDiverged(t *testing.T) {
	f, dir := share(t), t.TempDir()
	s, err := snapshot.Load(f.model)
	if err != nil {
		t.Fatal(err)
	}
	params, err := s.Radia.Float32("params")
	if err != nil {
		t.Fatal(err)
	}
	for i := range params {
		params[i] = 1e30
	}
	s.Radia.SetFloat32("params", params)
	path, sick := filepath.Join(dir, "m.msgpack"), filepath.Join(dir, "sick.msgpack")
	if err := snapshot.Save(sick, s); err != nil {
		t.Fatal(err)
	}
	kept := []byte("the last good model")
	if err := os.WriteFile(path, kept, 0o666); err != nil {
		t.Fatal(err)
	}
	refuse(t, dir, "training diverged|finite|checkpoint is untouched", f.train(path, "--steps", "64", "--save-every", "1ns", "--resume", sick)...)
	if !bytes.Equal(read(t, path), kept) {
		t.Error("the model was replaced")
	}
}

func TestUnwritable(t *testing.T) {
	f, dir := share(t), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "m.ingp"), 0o777); err != nil {
		t.Fatal(err)
	}
	refuse(t, dir, "m.ingp|it is a folder", f.train(filepath.Join(dir, "m.ingp"))...)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	refuse(t, dir, "file", "synth", filepath.Join(file, "scene"), "--views", "1", "--test", "1", "--size", "4")
	refuse(t, dir, "file", "eval", f.model, f.scene, "--out", filepath.Join(file, "views"), "--device", "cpu")
	refuse(t, dir, "file", "demo", filepath.Join(file, "demo"), "--device", "cpu")
}
