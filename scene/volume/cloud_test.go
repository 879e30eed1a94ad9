package volume

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// The cloud fills a part of its box, is the same for a seed, another for another one, and is read back as it was written.
func TestCloud(t *testing.T) {
	const n = 48
	one, err := Cloud(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Cloud(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Cloud(n, 2)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cloud.json")
	slices := 0
	if err := WriteCloud(path, n, CloudOptions{Seed: 1, Progress: func(done, total int) {
		if slices++; done != slices || total != 32 {
			t.Errorf("slice %d is reported as %d of %d", slices, done, total)
		}
	}}); err != nil || slices != 32 {
		t.Fatalf("%d slices, %v", slices, err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	none := filepath.Join(t.TempDir(), "none.json")
	if err := WriteCloud(none, n, CloudOptions{Ctx: ended}); !errors.Is(err, context.Canceled) {
		t.Errorf("work that was ended: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(none), "*")); len(left) > 0 {
		t.Errorf("work that was ended leaves %v", left)
	}
	read, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	dims := one.Density.Dims()
	if dims != [3]int{48, 24, 32} || read.Density.Dims() != dims || read.UpDir() != one.UpDir() || read.Scan {
		t.Fatalf("%v voxels, read %v, up %v", dims, read.Density.Dims(), read.UpDir())
	}
	filled, differ := 0, 0
	for i := range dims[0] * dims[1] * dims[2] {
		x, y, z := i%dims[0], i/dims[0]%dims[1], i/dims[0]/dims[1]
		v := one.Density.At(x, y, z)
		if again.Density.At(x, y, z) != v || read.Density.At(x, y, z) != v {
			t.Fatalf("voxel (%d, %d, %d) is %v, again %v, read %v", x, y, z, v, again.Density.At(x, y, z), read.Density.At(x, y, z))
		}
		if v > 0 {
			filled++
		}
		if v != other.Density.At(x, y, z) {
			differ++
		}
		border := x == 0 || y == 0 || z == 0 || x == dims[0]-1 || y == dims[1]-1 || z == dims[2]-1
		if border && v > 0 {
			t.Fatalf("the cloud is cut off at (%d, %d, %d)", x, y, z)
		}
	}
	if total := dims[0] * dims[1] * dims[2]; filled < total/20 || filled > total*2/3 {
		t.Errorf("%d of %d voxels hold cloud", filled, total)
	}
	if differ == 0 {
		t.Error("another seed makes the same cloud")
	}
	for _, n := range []int{-1, 0, 7, 1 << 20} {
		if _, err := Cloud(n, 1); err == nil {
			t.Errorf("a cloud of %d voxels is not refused", n)
		}
	}
}
