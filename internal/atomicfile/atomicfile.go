// Package atomicfile writes files that are either wholly there or not there at all.
//
// The data goes to a new file in the same folder, is synced to the disk and then renamed over the target; the
// folder is synced last, so that the name survives a power cut too. A reader sees the old file or the new one. On
// any failure, also a full disk or a panic of the writing function, the temporary file is removed and the old file
// stays as it was.
package atomicfile

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write replaces the file at path by data.
func Write(path string, data []byte) error {
	return WriteFunc(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteFunc replaces the file at path by what fn writes. An error of fn is returned with the file's name. A new file
// gets mode 0666 less the umask, an old one keeps its mode; a symbolic link is followed, not replaced. The folder
// must exist and be writable.
func WriteFunc(path string, fn func(io.Writer) error) error { return named(path, write(path, fn)) }

// Check reports what would keep WriteFunc from beginning, by making the new file and removing it: before long work, not
// after it.
func Check(path string) error {
	_, _, f, err := begin(path)
	if err == nil {
		f.Close()
		err = os.Remove(f.Name())
	}
	return named(path, err)
}

// named is err with the reason only: the system's message would name the temporary file.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}

// begin makes the new file beside the target, and says which that is and its mode, 0 where it is not there.
func begin(path string) (target string, mode fs.FileMode, f *os.File, err error) {
	if path == "" {
		return "", 0, nil, errors.New("the file name is empty")
	}
	target = path
	switch st, statErr := os.Stat(path); {
	case statErr == nil && st.IsDir():
		return "", 0, nil, errors.New("it is a folder")
	case statErr == nil && !st.Mode().IsRegular():
		return "", 0, nil, errors.New("it is not a regular file")
	case statErr == nil:
		mode = st.Mode().Perm()
		if target, err = filepath.EvalSymlinks(path); err != nil {
			return "", 0, nil, err
		}
	case !errors.Is(statErr, fs.ErrNotExist):
		return "", 0, nil, statErr
	}
	f, err = create(filepath.Dir(target), filepath.Base(target))
	return target, mode, f, err
}

func write(path string, fn func(io.Writer) error) error {
	target, mode, f, err := begin(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(target)
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if mode != 0 {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	w := bufio.NewWriterSize(f, 1<<18)
	if err := fn(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), target); err != nil {
		return err
	}
	done = true
	return syncDir(dir)
}

// create opens a new file beside the target. os.CreateTemp would give it mode 0600 whatever the umask says.
func create(dir, base string) (*os.File, error) {
	if len(base) > 200 { // leave room for the suffix below the usual limit of 255 bytes
		base = base[:200]
	}
	for try := 0; ; try++ {
		var b [6]byte
		if _, err := rand.Read(b[:]); err != nil {
			return nil, err
		}
		name := filepath.Join(dir, "."+base+"."+hex.EncodeToString(b[:])+".tmp")
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 100 {
			continue
		}
		return f, err
	}
}

// syncDir makes the rename durable. Windows has no such call on folders; its rename is durable by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
