package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

// TestPipe holds that a pipe is refused and not opened: opening waits for a writer that never comes.
func TestPipe(t *testing.T) {
	f, dir := share(t), t.TempDir()
	for _, name := range []string{"pipe", "pipe.png", "pipe.obj", "pipe.ingp", "pipe.nvdb"} {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		refuse(t, dir, name+"|regular file", "info", path)
		if name != "pipe.ingp" {
			refuse(t, dir, name+"|regular file", "train", path, "-o", filepath.Join(dir, "o.ingp"), "--device", "cpu")
		}
		refuse(t, dir, name+"|regular file", "render", path, "-o", filepath.Join(dir, "o.png"), "--device", "cpu")
		refuse(t, dir, name+"|regular file", "render", f.model, "--camera-path", path, "-o", filepath.Join(dir, "o.png"), "--device", "cpu")
		refuse(t, dir, name+"|regular file", f.train(filepath.Join(dir, "o.ingp"), "--resume", path)...)
	}
}

// TestEndless holds that a camera path is not read from a device without an end.
func TestEndless(t *testing.T) {
	f, dir := share(t), t.TempDir()
	refuse(t, dir, "/dev/zero|regular file", "render", f.model, "--camera-path", "/dev/zero", "-o", filepath.Join(dir, "o.png"), "--device", "cpu")
}

func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		testenv.Skip(t, "root", "a small file system can be mounted by root only")
	}
	f, dir := share(t), t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=64k"); err != nil {
		testenv.Skip(t, "root", "mounting a small file system: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	path := filepath.Join(dir, "m.msgpack")
	refuse(t, dir, "m.msgpack|no space left", f.train(path, "--steps", "1")...)
	refuse(t, dir, "p.exr|no space left", "render", f.model, "-o", filepath.Join(dir, "p.exr"), "--size", "200x200", "--device", "cpu")
}
