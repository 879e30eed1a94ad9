package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/radia-go/radia/internal/testenv"
	"github.com/radia-go/radia/scene/imageio"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// display is an X server without a screen, whose picture lies in a file.
type display struct {
	name string
	file string
}

// startDisplay starts Xvfb, or skips ("window") where something for a window is missing.
func startDisplay(t *testing.T) *display {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			testenv.Skip(t, "window", "%s is not installed", tool)
		}
	}
	if _, err := os.Stat("/usr/include/X11/extensions/Xrandr.h"); err != nil {
		testenv.Skip(t, "window", "the X11 development headers are not installed (tools/setup-window.sh)")
	}
	dir := t.TempDir()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1000x700x24", "-fbdir", dir, "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{write}
	if err := x.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	t.Cleanup(func() {
		x.Process.Signal(os.Interrupt)
		x.Wait()
		read.Close()
	})
	read.SetReadDeadline(time.Now().Add(3 * time.Minute))
	number, err := bufio.NewReader(read).ReadString('\n') // Xvfb dies if the pipe is closed before the end of the line
	if err != nil {
		t.Fatalf("Xvfb does not start: %v", err)
	}
	return &display{":" + strings.TrimSpace(number), filepath.Join(dir, "Xvfb_screen0")}
}

// do sends events as a person would.
func (d *display) do(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command("xdotool", args...)
	c.Env = append(os.Environ(), "DISPLAY="+d.name)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("xdotool %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// shot is what the display shows: the file is an XWD picture, a header of big-endian words, then colours, then pixels.
func (d *display) shot(t *testing.T) *image.RGBA {
	t.Helper()
	b, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	const header, width, height, bits, stride, colors = 0, 4, 5, 11, 12, 19
	w, h := word(width), word(height)
	if word(bits) != 32 || w != 1000 || h != 700 {
		t.Fatalf("a display of %d x %d with %d bits a pixel", w, h, word(bits))
	}
	pix := b[word(header)+12*word(colors):]
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := pix[y*word(stride)+4*x:]
			copy(m.Pix[m.PixOffset(x, y):], []byte{p[2], p[1], p[0], 255})
		}
	}
	return m
}

// differing is the share of pixels of a region that differ clearly.
func differing(a, b *image.RGBA, r image.Rectangle) float64 {
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p, q := a.Pix[a.PixOffset(x, y):], b.Pix[b.PixOffset(x, y):]
			for k := range 3 {
				if d := int(p[k]) - int(q[k]); d > 12 || d < -12 {
					n++
					break
				}
			}
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy())
}

// viewer is the running program.
type viewer struct {
	*display
	cmd    *exec.Cmd
	out    bytes.Buffer
	window string
	dir    string
}

func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "viewer")
	c := exec.Command("go", "build", "-tags", "window", "-o", program, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("building the window: %v\n%s", err, out)
	}
	return program
}

func startViewer(t *testing.T, args ...string) *viewer {
	t.Helper()
	v := &viewer{display: startDisplay(t), dir: t.TempDir()}
	program := build(t)
	probe := exec.Command(program, "--exact", "--settings", "none", "--width", "64", "--height", "64", "--headless-script", "/dev/stdin", "--show")
	probe.Stdin = strings.NewReader("quit\n")
	probe.Env = append(os.Environ(), "DISPLAY="+v.name)
	if out, err := probe.CombinedOutput(); err != nil && strings.Contains(string(out), "no window can be opened") {
		testenv.Skip(t, "window", "%s", strings.TrimSpace(string(out)))
	}
	if err := os.WriteFile(filepath.Join(v.dir, "settings.json"), []byte(`{"samples": 1, "panels": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	v.cmd = exec.Command(program, append([]string{"--width", "700", "--height", "500", "--out", v.dir, "--settings", filepath.Join(v.dir, "settings.json")}, args...)...)
	v.cmd.Env = append(os.Environ(), "DISPLAY="+v.name, "XDG_CACHE_HOME="+v.dir)
	if validates() {
		v.cmd.Env = append(v.cmd.Env, "RADIA_VALIDATE=1")
	}
	v.cmd.Stdout, v.cmd.Stderr = &v.out, &v.out
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.cmd.Process.Kill() })
	v.window = strings.Fields(v.do(t, "search", "--sync", "--name", "^radia - "))[0]
	return v
}

// validates reports whether the Khronos validation layer is installed.
func validates() bool {
	for _, dir := range []string{"/usr/share/vulkan/explicit_layer.d", "/etc/vulkan/explicit_layer.d"} {
		if _, err := os.Stat(filepath.Join(dir, "VkLayer_khronos_validation.json")); err == nil {
			return true
		}
	}
	return false
}

// sceneArea is where the window, which has no frame and lies at the display's corner, shows the scene beside the panels.
var sceneArea = image.Rect(270, 60, 440, 440)

// settled waits until the scene stays as it is for two seconds, at most a minute.
func (v *viewer) settled(t *testing.T) *image.RGBA {
	t.Helper()
	last, calm := v.shot(t), 0
	for range 240 {
		time.Sleep(250 * time.Millisecond)
		now := v.shot(t)
		if calm++; differing(last, now, sceneArea) > 0 {
			calm = 0
		}
		if calm == 8 {
			return now
		}
		last = now
	}
	t.Fatal("the window does not come to rest within a minute")
	return nil
}

// end asks the program to end and waits for it.
func (v *viewer) end(t *testing.T) {
	t.Helper()
	ask := exec.Command("xdotool", "key", "--window", v.window, "ctrl+q") // which fails when the window is gone before the key is up
	ask.Env = append(os.Environ(), "DISPLAY="+v.name)
	ask.Run()
	done := make(chan error, 1)
	go func() { done <- v.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil || strings.Contains(v.out.String(), "validation") {
			t.Errorf("the end: %v\n%s", err, v.out.String())
		}
	case <-time.After(3 * time.Minute):
		t.Fatalf("the program does not end\n%s", v.out.String())
	}
}

// keep saves a picture for a person to look at, where RADIA_SHOTS names a folder.
func keep(t *testing.T, m *image.RGBA, name string) {
	dir := os.Getenv("RADIA_SHOTS")
	if dir == "" {
		return
	}
	if err := writePNG(filepath.Join(dir, name), m); err != nil {
		t.Error(err)
	}
}

func TestWindowAsAPersonUsesIt(t *testing.T) {
	v := startViewer(t, "--exact")
	still := v.settled(t)
	keep(t, still, "window-1.png")
	blank := image.NewRGBA(still.Rect)
	if s := differing(still, blank, sceneArea); s < 0.5 {
		t.Fatalf("only %.0f%% of the window show something\n%s", 100*s, v.out.String())
	}
	changed := func(what string, before *image.RGBA) *image.RGBA {
		t.Helper()
		now := v.settled(t)
		keep(t, now, "window-"+what+".png")
		if s := differing(before, now, sceneArea); s < 0.03 {
			t.Errorf("%s changes %.1f%% of the picture", what, 100*s)
		}
		return now
	}
	v.do(t, "mousemove", "350", "250", "mousedown", "1", "mousemove", "380", "260", "mousemove", "430", "270", "mouseup", "1")
	now := changed("drag", still)
	v.do(t, "mousemove", "350", "250", "click", "4", "click", "4")
	now = changed("wheel", now)
	v.do(t, "key", "--window", v.window, "3")
	now = changed("normals", now)
	v.do(t, "key", "--window", v.window, "5")
	now = changed("depth", now)
	v.do(t, "key", "--window", v.window, "question")
	now = changed("help", now)
	v.do(t, "key", "--window", v.window, "question")
	now = changed("helpless", now)
	for i := range 8 { // faster than pictures come, so that swapchains are out of date when they are shown
		v.do(t, "windowsize", v.window, fmt.Sprint(500+20*i), fmt.Sprint(560-20*i))
	}
	v.do(t, "windowsize", v.window, "640", "420")
	v.do(t, "key", "--window", v.window, "2")
	now = changed("resized", now)
	v.do(t, "windowunmap", v.window)
	time.Sleep(300 * time.Millisecond)
	v.do(t, "windowmap", v.window)
	mapped := v.settled(t)
	keep(t, mapped, "window-mapped.png")
	// On a busy machine the picture may have become sharper meanwhile; an empty window would differ nearly everywhere.
	if s := differing(now, mapped, sceneArea); s > 0.4 {
		t.Errorf("after hiding and showing the window %.1f%% are different", 100*s)
	}
	v.do(t, "key", "--window", v.window, "p")
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(v.dir, "picture-0001.png")); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatal("no picture was saved")
		}
	}
	v.end(t)
	if b, err := os.ReadFile(filepath.Join(v.dir, "settings.json")); err != nil || !bytes.Contains(b, []byte(`"width": 640`)) {
		t.Errorf("settings: %v %s", err, b)
	}
}

// TestWindowTrains trains a small data set in the window and saves a snapshot, which another window shows.
func TestWindowTrains(t *testing.T) {
	v := startViewer(t, "--device", "cpu")
	step := func() (n int) {
		fmt.Sscan(strings.TrimPrefix(v.do(t, "getwindowname", v.window), "radia - procedural scene, step "), &n)
		return n
	}
	for end := time.Now().Add(5 * time.Minute); step() < 3; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no training after 5 minutes, the title is %q\n%s", v.do(t, "getwindowname", v.window), v.out.String())
		}
	}
	v.do(t, "key", "--window", v.window, "t")
	v.do(t, "key", "--window", v.window, "ctrl+s")
	snapshot := filepath.Join(v.dir, "snapshot-0001.ingp")
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(snapshot); err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatalf("no snapshot was saved\n%s", v.out.String())
		}
	}
	keep(t, v.shot(t), "window-train.png")
	v.end(t)
	if kept, _ := filepath.Glob(filepath.Join(v.dir, "radia", "*.ingp")); len(kept) != 1 {
		t.Errorf("the training is not kept for the next start: %v", kept)
	}

	var out bytes.Buffer
	script := filepath.Join(v.dir, "script")
	if err := os.WriteFile(script, []byte("wait-still 1\nscreenshot loaded.png\nquit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(v.cmd.Path, snapshot, "--device", "cpu", "--headless-script", script, "--width", "200", "--height", "150", "--out", v.dir)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if _, err := os.Stat(filepath.Join(v.dir, "loaded.png")); err != nil {
		t.Error(err)
	}
}

func TestWithoutDisplaySaysWhatToDo(t *testing.T) {
	t.Setenv("DISPLAY", "")
	c := exec.Command(buildPlain(t), "--exact", "--settings", "none")
	out, err := c.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err == nil || !strings.Contains(text, "no window can be opened") || !strings.Contains(text, "--headless-script") || strings.Contains(text, "\n") {
		t.Errorf("%v: %q", err, text)
	}
}

// buildPlain builds the program as `go build ./...` does.
func buildPlain(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "viewer")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func writePNG(path string, m *image.RGBA) error {
	return imageio.WritePNG(path, imageio.FromImage(m))
}

// TestWindowSurvivesLostDevices loses the device that shows pictures and the one that trains, under the validation layer.
func TestWindowSurvivesLostDevices(t *testing.T) {
	d := startDisplay(t)
	program, dir := build(t), t.TempDir()
	script := filepath.Join(dir, "script")
	text := "wait-still 5\nlose window\nkey F\nwait 0.3\nscreenshot one.png\nlose engine\nwait-step 2\nkey F\nwait 0.3\nscreenshot two.png\nquit\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.Command(program, "--device", "cpu", "--headless-script", script, "--show", "--width", "320", "--height", "240", "--out", dir)
	c.Env = append(os.Environ(), "DISPLAY="+d.name, "XDG_CACHE_HOME="+dir)
	if validates() {
		c.Env = append(c.Env, "RADIA_VALIDATE=1")
	}
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		if strings.Contains(out.String(), "no window can be opened") {
			testenv.Skip(t, "window", "%s", strings.TrimSpace(out.String()))
		}
		t.Fatalf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "validation") {
		t.Error(out.String())
	}
	for _, name := range []string{"one.png", "two.png"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if opened := strings.Count(out.String(), "device: "); opened < 3 { // the first model, the training, and the training again
		t.Errorf("the engine's device was opened %d times\n%s", opened, out.String())
	}
}
