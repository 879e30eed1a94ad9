package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/radia-go/radia/internal/atomicfile"
	"github.com/radia-go/radia/internal/sysmem"
)

// MaxBytes bounds the inflated size of a snapshot: a compressed file can claim a thousand times its own size.
const MaxBytes = 4 << 30

// Load reads a snapshot: MessagePack, bare or inside gzip or zlib, recognised by its first bytes.
func Load(path string) (*Snapshot, error) {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() { // opening a pipe would wait for its writer
		return nil, fmt.Errorf("%s: cannot read the snapshot: it is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("%s: cannot read the snapshot: %w", path, err)
	}
	defer f.Close()
	return read(path, f, MaxBytes)
}

// Decode reads a snapshot from memory; name appears in errors. The snapshot may share memory with data.
func Decode(name string, data []byte) (*Snapshot, error) {
	return read(name, bytes.NewReader(data), MaxBytes)
}

func read(name string, r io.Reader, limit int64) (*Snapshot, error) {
	data, err := inflate(r, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	tree, err := decodeTree(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s, err := fromTree(tree)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func inflate(r io.Reader, limit int64) ([]byte, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	head, err := br.Peek(2)
	if err != nil {
		if err == io.EOF {
			return nil, fmt.Errorf("it holds only %d bytes", len(head))
		}
		return nil, err
	}
	in, err := expand(br)
	if err != nil {
		return nil, compression(err)
	}
	if in != io.Reader(br) {
		// A few compressed bytes can stand for gigabytes: what is no MessagePack map is not inflated further.
		whole := bufio.NewReader(in)
		first, err := whole.Peek(1)
		if err != nil {
			return nil, compression(err)
		}
		if _, ok := isMap(first[0]); !ok {
			return nil, fmt.Errorf("its compressed data begins with byte 0x%02x, which is not a map", first[0])
		}
		in = whole
	}
	// Reading takes up to 2.3 times the data: the buffer is copied as it grows.
	if free := sysmem.Available(); free > 0 {
		limit = min(limit, free/3)
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, compression(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes when inflated, the most that is read here", limit)
	}
	return data, nil
}

func compression(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("its compressed data is cut off")
	}
	return fmt.Errorf("its compressed data is corrupt: %w", err)
}

// Save writes a snapshot, whole or not at all. The name decides the form: .ingp is gzip, .msgpack is bare. The same
// snapshot always gives the same bytes.
func Save(path string, s *Snapshot) error {
	ext := strings.ToLower(filepath.Ext(path))
	if ext != ".ingp" && ext != ".msgpack" {
		return fmt.Errorf("%s: a snapshot is named .ingp (compressed) or .msgpack", path)
	}
	return atomicfile.WriteFunc(path, func(w io.Writer) error {
		if ext == ".msgpack" {
			return Encode(w, s)
		}
		// Half floats hardly compress: more effort costs seconds and saves few bytes.
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		if err := Encode(z, s); err != nil {
			return err
		}
		return z.Close()
	})
}

// Encode writes a snapshot as bare MessagePack.
func Encode(w io.Writer, s *Snapshot) error {
	if err := s.check(); err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 1<<16)
	if err := encodeTree(b, s.tree()); err != nil {
		return err
	}
	return b.Flush()
}
