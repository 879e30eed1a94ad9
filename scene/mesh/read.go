package mesh

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// polygon appends a face of any number of corners as a fan of triangles.
func (m *Mesh) polygon(corners []uint32) {
	if len(corners) < 3 {
		m.Skipped++
		return
	}
	for k := 2; k < len(corners); k++ {
		m.Triangles = append(m.Triangles, [3]uint32{corners[0], corners[k-1], corners[k]})
	}
}

// looksLikeOBJ: the text has a line of a vertex or a face before anything that no OBJ file holds.
func looksLikeOBJ(b []byte) bool {
	for n := 0; n < 1000 && len(b) > 0; n++ {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		b = rest
		if bytes.IndexByte(line, 0) >= 0 || len(line) > 4096 {
			return false
		}
		words := strings.Fields(string(line))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		switch words[0] {
		case "v":
			return len(words) >= 4
		case "f":
			return len(words) >= 4
		case "mtllib", "usemtl", "o", "g", "s", "vn", "vt", "vp":
		default:
			return false
		}
	}
	return false
}

// decodeOBJ reads the vertices and faces of a Wavefront OBJ; texture coordinates, normals, lines and materials are passed
// over. A negative index counts back from the last vertex.
func decodeOBJ(b []byte) (*Mesh, error) {
	m := &Mesh{}
	var corners []uint32
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		if len(line) < 2 || (line[0] != 'v' && line[0] != 'f') || (line[1] != ' ' && line[1] != '\t') {
			continue
		}
		words := strings.Fields(string(line[2:]))
		if line[0] == 'v' {
			var v [3]float32
			if len(words) < 3 {
				return nil, fmt.Errorf("line %d: a vertex with %d coordinates", number, len(words))
			}
			for k := range v {
				x, err := strconv.ParseFloat(words[k], 32)
				if err != nil {
					return nil, fmt.Errorf("line %d: %.40q is no coordinate", number, words[k])
				}
				v[k] = float32(x)
			}
			m.Vertices = append(m.Vertices, v)
			continue
		}
		corners = corners[:0]
		for _, w := range words {
			if w[0] == '#' {
				break
			}
			w, _, _ = strings.Cut(w, "/")
			i, err := strconv.ParseInt(w, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %.40q is no vertex number", number, w)
			}
			if i < 0 {
				i += int64(len(m.Vertices)) + 1
			}
			if i < 1 || i > int64(len(m.Vertices)) {
				return nil, fmt.Errorf("line %d: vertex %s of %d", number, w, len(m.Vertices))
			}
			corners = append(corners, uint32(i-1))
		}
		m.polygon(corners)
	}
	return m, nil
}

// stlSize is the length that the head of a binary STL promises.
func stlSize(b []byte) int64 {
	if len(b) < 84 {
		return -1
	}
	return 84 + 50*int64(binary.LittleEndian.Uint32(b[80:]))
}

func isBinarySTL(b []byte) bool { return stlSize(b) == int64(len(b)) }

// decodeBinarySTL reads 80 bytes of anything, a count, and for each triangle a normal, three corners and two bytes.
func decodeBinarySTL(b []byte) (*Mesh, error) {
	n := (len(b) - 84) / 50
	m := &Mesh{Vertices: make([][3]float32, 0, 3*n), Triangles: make([][3]uint32, 0, n)}
	for i := range n {
		t := b[84+50*i+12:]
		first := uint32(3 * i)
		for c := range 3 {
			var v [3]float32
			for k := range v {
				v[k] = math.Float32frombits(binary.LittleEndian.Uint32(t[12*c+4*k:]))
			}
			m.Vertices = append(m.Vertices, v)
		}
		m.Triangles = append(m.Triangles, [3]uint32{first, first + 1, first + 2})
	}
	return m, nil
}

func isTextSTL(b []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(b[:min(len(b), 256)]), []byte("solid")) && bytes.Contains(b[:min(len(b), 4096)], []byte("facet"))
}

// decodeTextSTL reads the vertices of a text STL, three for each triangle.
func decodeTextSTL(b []byte) (*Mesh, error) {
	m := &Mesh{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		words := strings.Fields(string(line))
		if len(words) == 0 || words[0] != "vertex" {
			continue
		}
		if len(words) != 4 {
			return nil, fmt.Errorf("line %d: a vertex with %d coordinates", number, len(words)-1)
		}
		var v [3]float32
		for k := range v {
			x, err := strconv.ParseFloat(words[k+1], 32)
			if err != nil {
				return nil, fmt.Errorf("line %d: %.40q is no coordinate", number, words[k+1])
			}
			v[k] = float32(x)
		}
		m.Vertices = append(m.Vertices, v)
	}
	if len(m.Vertices)%3 != 0 {
		return nil, fmt.Errorf("the last triangle has %d corners; the file is cut off", len(m.Vertices)%3)
	}
	for i := 0; i < len(m.Vertices); i += 3 {
		m.Triangles = append(m.Triangles, [3]uint32{uint32(i), uint32(i + 1), uint32(i + 2)})
	}
	return m, nil
}
