package volume

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// NanoVDB files (format 32, OpenVDB's documentation of nanovdb/NanoVDB.h and io/IO.h): segments of
//
//	header    16 bytes: "NanoVDB0" or "NanoVDB2", version u32, grids u16, codec u16
//	metadata  per grid: 176 bytes and the grid's name
//	grids     as they lie in memory, compressed by the codec
//
// or the grids alone ("NanoVDB1"). All numbers are little-endian.

const (
	nanoHeaderSize = 16
	nanoMetaSize   = 176
)

var (
	nanoMagicOld  = []byte("NanoVDB0")
	nanoMagicGrid = []byte("NanoVDB1")
	nanoMagicFile = []byte("NanoVDB2")
	le            = binary.LittleEndian
)

func looksLikeNanoVDB(b []byte) bool {
	return bytes.HasPrefix(b, nanoMagicOld) || bytes.HasPrefix(b, nanoMagicFile) || bytes.HasPrefix(b, nanoMagicGrid)
}

var nanoCodecs = [...]string{"none", "zip", "blosc"}

// nanoEntry is a grid of a file as its metadata describes it, with its bytes as they lie in the file.
type nanoEntry struct {
	name  string
	codec int
	size  uint64 // in memory
	data  []byte
}

// decodeNanoVDB reads the density and, where there is one, the emission of a file.
func decodeNanoVDB(b []byte) (*Volume, error) {
	if !looksLikeNanoVDB(b) {
		return nil, fmt.Errorf("is no NanoVDB file: it begins with %q", b[:min(8, len(b))])
	}
	entries, err := nanoEntries(b)
	if err != nil {
		return nil, err
	}
	density := max(slices.IndexFunc(entries, func(e nanoEntry) bool { return strings.EqualFold(e.name, "density") }), 0)
	g, err := entries[density].grid()
	if err != nil {
		return nil, err
	}
	v := &Volume{Format: "nanovdb", Codec: nanoCodecs[entries[density].codec], Type: g.typeName(), Name: entries[density].name, Up: 1, Spacing: g.spacing()}
	if g.class == nanoLevelSet {
		return nil, fmt.Errorf("grid %q is a level set: its values are distances, not densities", v.Name)
	}
	if g.tilted() {
		v.Warnings = append(v.Warnings, "the grid is rotated or sheared in its world; it is shown along its own axes")
	}
	if v.Density, err = g.voxels(); err != nil {
		return nil, fmt.Errorf("grid %q: %w", v.Name, err)
	}
	var others []string
	for i, e := range entries {
		if i == density {
			continue
		}
		if v.Emission != nil || !isEmission(e.name) {
			others = append(others, e.name)
			continue
		}
		h, err := e.grid()
		if err == nil && h.matrix == g.matrix && h.offset == g.offset {
			v.Emission, err = h.voxels()
		} else if err == nil {
			err = fmt.Errorf("its voxels lie elsewhere than those of %q", v.Name)
		}
		if err != nil {
			v.Warnings = append(v.Warnings, fmt.Sprintf("grid %q is left out: %v", e.name, err))
		}
	}
	if len(others) > 0 {
		v.Warnings = append(v.Warnings, fmt.Sprintf("grids left out: %.200s", strings.Join(others, ", ")))
	}
	return v.finish()
}

func isEmission(name string) bool {
	switch strings.ToLower(name) {
	case "emission", "flame", "flames", "fire", "heat":
		return true
	}
	return false
}

// nanoEntries lists the grids of a file.
func nanoEntries(b []byte) ([]nanoEntry, error) {
	var out []nanoEntry
	if bytes.HasPrefix(b, nanoMagicGrid) { // grids without headers
		for len(b) > 0 {
			if len(b) < nanoGridSize || !looksLikeNanoVDB(b) {
				return nil, fmt.Errorf("is cut short, or %d bytes after its last grid are none", len(b))
			}
			size := le.Uint64(b[32:])
			if size < nanoGridSize || size > uint64(len(b)) {
				return nil, fmt.Errorf("a grid claims %d bytes, the file has %d left", size, len(b))
			}
			out = append(out, nanoEntry{name: cString(b[40:296]), size: size, data: b[:size]})
			b = b[size:]
		}
		return out, nil
	}
	for len(b) > 0 {
		if len(b) < nanoHeaderSize || !looksLikeNanoVDB(b) {
			return nil, fmt.Errorf("is cut short: %d bytes of a segment's header", len(b))
		}
		version, count, codec := le.Uint32(b[8:]), int(le.Uint16(b[12:])), int(le.Uint16(b[14:]))
		if major := version >> 21; major != nanoMajor {
			return nil, fmt.Errorf("is of NanoVDB version %d.%d.%d; version %d is supported", major, version>>10&2047, version&1023, nanoMajor)
		}
		if codec >= len(nanoCodecs) {
			return nil, fmt.Errorf("is compressed with codec %d; none and zip are supported", codec)
		}
		b = b[nanoHeaderSize:]
		segment := out[len(out):]
		var sizes []uint64
		for range count {
			if len(b) < nanoMetaSize {
				return nil, fmt.Errorf("is cut short in the metadata of its grids")
			}
			size, file, name := le.Uint64(b), le.Uint64(b[8:]), uint64(le.Uint32(b[136:]))
			own := int(le.Uint16(b[168:])) // the codec of the grid; that of the segment in all files seen
			b = b[nanoMetaSize:]
			if name > uint64(len(b)) {
				return nil, fmt.Errorf("a grid's name claims %d bytes, the file has %d left", name, len(b))
			}
			if own != codec {
				return nil, fmt.Errorf("grid %.60q says codec %d, its segment %d", cString(b[:name]), own, codec)
			}
			segment = append(segment, nanoEntry{name: cString(b[:name]), codec: codec, size: size})
			sizes = append(sizes, file)
			b = b[name:]
		}
		for i := range segment {
			if sizes[i] > uint64(len(b)) {
				return nil, fmt.Errorf("is cut short: grid %.60q claims %d bytes, the file has %d left", segment[i].name, sizes[i], len(b))
			}
			segment[i].data, b = b[:sizes[i]], b[sizes[i]:]
		}
		out = append(out, segment...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("has no grids")
	}
	return out, nil
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return strings.ToValidUTF8(string(b), "?")
}

// maxZipRatio is more than zlib can expand: 1032 bytes for one.
const maxZipRatio = 1040

// grid is the entry's grid, uncompressed.
func (e *nanoEntry) grid() (*nanoGrid, error) {
	data := e.data
	switch e.codec {
	case 0:
	case 1:
		// The compressed size, then a zlib stream.
		if len(data) < 8 || le.Uint64(data) > uint64(len(data)-8) {
			return nil, fmt.Errorf("grid %.60q is cut short", e.name)
		}
		data = data[8 : 8+le.Uint64(data)]
		if e.size > maxZipRatio*uint64(len(data)) {
			return nil, fmt.Errorf("grid %.60q claims %d bytes from %d compressed ones", e.name, e.size, len(data))
		}
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("grid %.60q: %w", e.name, err)
		}
		var out bytes.Buffer
		if n, err := io.Copy(&out, io.LimitReader(z, int64(e.size)+1)); err != nil {
			return nil, fmt.Errorf("grid %.60q: %w", e.name, err)
		} else if uint64(n) != e.size {
			return nil, fmt.Errorf("grid %.60q claims %d bytes and has %d", e.name, e.size, n)
		}
		data = out.Bytes()
	default:
		return nil, fmt.Errorf("grid %.60q is compressed with %s, which is not supported; write it with codec none or zip (nanovdb_convert -z)", e.name, nanoCodecs[e.codec])
	}
	g, err := newNanoGrid(data)
	if err != nil {
		return nil, fmt.Errorf("grid %.60q: %w", e.name, err)
	}
	return g, nil
}

// tilted reports whether the axes of the voxels are not those of the world.
func (g *nanoGrid) tilted() bool {
	scale := g.spacing()
	for i := range g.matrix {
		for k := range 3 {
			if i != k && math.Abs(g.matrix[i][k]) > 1e-6*scale[k] {
				return true
			}
		}
	}
	return false
}

// spacing is the length of the world's vector from one voxel to the next along each axis.
func (g *nanoGrid) spacing() (s [3]float64) {
	for k := range s {
		s[k] = math.Sqrt(g.matrix[0][k]*g.matrix[0][k] + g.matrix[1][k]*g.matrix[1][k] + g.matrix[2][k]*g.matrix[2][k])
	}
	return s
}
