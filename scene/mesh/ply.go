package mesh

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// plyProperty is one value of an element, or a list of values preceded by its length.
type plyProperty struct {
	name        string
	size        int
	kind        byte // 'i' signed, 'u' unsigned, 'f' float
	list        bool
	countSize   int
	countSigned bool
}

type plyElement struct {
	name       string
	count      int64
	properties []plyProperty
}

var plyTypes = map[string]struct {
	size int
	kind byte
}{
	"char": {1, 'i'}, "int8": {1, 'i'}, "uchar": {1, 'u'}, "uint8": {1, 'u'}, "short": {2, 'i'}, "int16": {2, 'i'}, "ushort": {2, 'u'}, "uint16": {2, 'u'},
	"int": {4, 'i'}, "int32": {4, 'i'}, "uint": {4, 'u'}, "uint32": {4, 'u'}, "float": {4, 'f'}, "float32": {4, 'f'}, "double": {8, 'f'}, "float64": {8, 'f'},
}

// plyReader takes values from the body of a PLY file.
type plyReader struct {
	b     []byte
	order binary.ByteOrder // nil: text
}

func (r *plyReader) value(size int, kind byte) (float64, error) {
	if r.order == nil {
		r.b = bytes.TrimLeft(r.b, " \t\r\n")
		end := bytes.IndexAny(r.b, " \t\r\n")
		if end < 0 {
			end = len(r.b)
		}
		word := r.b[:end]
		r.b = r.b[end:]
		if len(word) == 0 {
			return 0, fmt.Errorf("the file is cut off")
		}
		v, err := strconv.ParseFloat(string(word), 64)
		if err != nil {
			return 0, fmt.Errorf("%.40q is no number", word)
		}
		return v, nil
	}
	if len(r.b) < size {
		return 0, fmt.Errorf("the file is cut off")
	}
	word := r.b[:size]
	r.b = r.b[size:]
	switch {
	case kind == 'f' && size == 4:
		return float64(math.Float32frombits(r.order.Uint32(word))), nil
	case kind == 'f':
		return math.Float64frombits(r.order.Uint64(word)), nil
	case size == 1 && kind == 'i':
		return float64(int8(word[0])), nil
	case size == 1:
		return float64(word[0]), nil
	case size == 2 && kind == 'i':
		return float64(int16(r.order.Uint16(word))), nil
	case size == 2:
		return float64(r.order.Uint16(word)), nil
	case kind == 'i':
		return float64(int32(r.order.Uint32(word))), nil
	}
	return float64(r.order.Uint32(word)), nil
}

// decodePLY reads the elements vertex (x, y, z) and face (vertex_indices or vertex_index) of a PLY file, text or binary;
// other elements and properties are passed over.
func decodePLY(b []byte) (*Mesh, error) {
	elements, r, err := plyHeader(b)
	if err != nil {
		return nil, err
	}
	m := &Mesh{}
	var corners []uint32
	for _, e := range elements {
		for i := range e.count {
			v, found := [3]float32{}, 0
			for _, p := range e.properties {
				n := 1.0
				if p.list {
					kind := byte('u')
					if p.countSigned {
						kind = 'i'
					}
					if n, err = r.value(p.countSize, kind); err != nil {
						return nil, fmt.Errorf("%s %d: %w", e.name, i, err)
					}
					if !(n >= 0 && n <= float64(len(r.b))) || n != math.Trunc(n) {
						return nil, fmt.Errorf("%s %d: a list of %v values; the file is damaged or cut off", e.name, i, n)
					}
				}
				face := e.name == "face" && p.list && (p.name == "vertex_indices" || p.name == "vertex_index")
				corners = corners[:0]
				for range int(n) {
					x, err := r.value(p.size, p.kind)
					if err != nil {
						return nil, fmt.Errorf("%s %d: %w", e.name, i, err)
					}
					switch {
					case face:
						if !(x >= 0 && x < float64(len(m.Vertices))) || x != math.Trunc(x) {
							return nil, fmt.Errorf("face %d: vertex %v of %d", i, x, len(m.Vertices))
						}
						corners = append(corners, uint32(x))
					case e.name == "vertex" && !p.list && len(p.name) == 1 && p.name[0] >= 'x' && p.name[0] <= 'z':
						v[p.name[0]-'x'] = float32(x)
						found++
					}
				}
				if face {
					m.polygon(corners)
				}
			}
			if e.name == "vertex" {
				if found != 3 {
					return nil, fmt.Errorf("the vertices have no x, y, z")
				}
				m.Vertices = append(m.Vertices, v)
			}
		}
	}
	return m, nil
}

func plyHeader(b []byte) ([]plyElement, *plyReader, error) {
	r := &plyReader{}
	var elements []plyElement
	format := false
	for number := 1; ; number++ {
		if number > 1000 || len(b) == 0 {
			return nil, nil, fmt.Errorf("the header has no end")
		}
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		words := strings.Fields(string(line[:min(len(line), 1024)]))
		if len(words) == 0 {
			continue
		}
		bad := fmt.Errorf("line %d of the header: %.60q", number, line)
		switch words[0] {
		case "ply", "comment", "obj_info":
		case "format":
			if len(words) < 2 {
				return nil, nil, bad
			}
			switch words[1] {
			case "ascii":
			case "binary_little_endian":
				r.order = binary.LittleEndian
			case "binary_big_endian":
				r.order = binary.BigEndian
			default:
				return nil, nil, bad
			}
			format = true
		case "element":
			if len(words) != 3 {
				return nil, nil, bad
			}
			n, err := strconv.ParseInt(words[2], 10, 64)
			if err != nil || n < 0 {
				return nil, nil, bad
			}
			elements = append(elements, plyElement{name: words[1], count: n})
		case "property":
			if len(elements) == 0 {
				return nil, nil, bad
			}
			p, ok := plyPropertyOf(words)
			if !ok {
				return nil, nil, bad
			}
			e := &elements[len(elements)-1]
			e.properties = append(e.properties, p)
		case "end_header":
			r.b = b
			for _, e := range elements {
				// Each element takes a byte at least.
				if e.count > 0 && (len(e.properties) == 0 || e.count > int64(len(b))) {
					return nil, nil, fmt.Errorf("%d times %s do not fit into the %d bytes after the header", e.count, e.name, len(b))
				}
			}
			if !format {
				return nil, nil, fmt.Errorf("the header has no format")
			}
			return elements, r, nil
		default:
			return nil, nil, bad
		}
	}
}

func plyPropertyOf(words []string) (p plyProperty, ok bool) {
	if len(words) == 5 && words[1] == "list" {
		count, known := plyTypes[words[2]]
		value, valueKnown := plyTypes[words[3]]
		if !known || !valueKnown || count.kind == 'f' {
			return p, false
		}
		return plyProperty{name: words[4], size: value.size, kind: value.kind, list: true, countSize: count.size, countSigned: count.kind == 'i'}, true
	}
	if len(words) != 3 {
		return p, false
	}
	t, known := plyTypes[words[1]]
	return plyProperty{name: words[2], size: t.size, kind: t.kind}, known
}
