package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

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
