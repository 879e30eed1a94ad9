package snapshot

import (
	"bufio"
	"compress/gzip"
	"compress/zlib"
	"io"
	"os"
)

// Probe tells a snapshot from other files by its first bytes, whatever its name: a MessagePack map with a string for its
// first key, bare or inside gzip or zlib. A PNG, whose first byte is that of a map of nine, has no such key.
func Probe(path string) bool {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	in, err := expand(bufio.NewReader(f))
	if err != nil {
		return false
	}
	var head [6]byte
	n, _ := io.ReadFull(in, head[:])
	return startsMap(head[:n])
}

// expand reads r, or what it holds where it is compressed.
func expand(r *bufio.Reader) (io.Reader, error) {
	head, err := r.Peek(2)
	if err != nil {
		return nil, err
	}
	switch {
	case head[0] == 0x1f && head[1] == 0x8b:
		return gzip.NewReader(r)
	case head[0] == 0x78 && (uint(head[0])<<8|uint(head[1]))%31 == 0:
		return zlib.NewReader(r)
	}
	return r, nil
}

// isMap says whether a byte begins a MessagePack map, and how many bytes of its length follow.
func isMap(b byte) (length int, ok bool) {
	switch {
	case b&0xf0 == 0x80:
		return 0, true
	case b == 0xde:
		return 2, true
	case b == 0xdf:
		return 4, true
	}
	return 0, false
}

// startsMap says whether bytes begin a map whose first key is a string.
func startsMap(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	length, ok := isMap(b[0])
	if !ok || len(b) <= 1+length {
		return false
	}
	key := b[1+length]
	return key&0xe0 == 0xa0 || key >= 0xd9 && key <= 0xdb
}
