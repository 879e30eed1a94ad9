package mesh

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/radia-go/radia/internal/atomicfile"
)

// CornerNormals are the angle-weighted unit normals at the vertices.
func (m *Mesh) CornerNormals() [][3]float32 {
	n := newNormals(m)
	out := make([][3]float32, len(n.corner))
	for i, v := range n.corner {
		u := unit(v)
		out[i] = [3]float32{float32(u[0]), float32(u[1]), float32(u[2])}
	}
	return out
}

// Write saves the mesh as OBJ, binary PLY or GLB, by the file name's extension, with its normals, else those of
// CornerNormals, and its colours where it has them; the file appears complete or not at all.
func (m *Mesh) Write(path string) error {
	var write func(io.Writer, [][3]float32) error
	normals := m.Normals
	if normals == nil {
		normals = m.CornerNormals()
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".obj":
		write = m.writeOBJ
	case ".ply":
		write = m.writePLY
	case ".glb":
		write = m.writeGLB
	default:
		return fmt.Errorf("%s: a mesh is written as .obj, .ply or .glb", path)
	}
	return atomicfile.WriteFunc(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<16)
		if err := write(b, normals); err != nil {
			return err
		}
		return b.Flush()
	})
}

func (m *Mesh) writeOBJ(w io.Writer, normals [][3]float32) error {
	for i, v := range m.Vertices {
		line := fmt.Sprintf("v %v %v %v", v[0], v[1], v[2])
		if m.Colors != nil { // as most programs read and write them
			c := m.Colors[i]
			line += fmt.Sprintf(" %.4f %.4f %.4f", float64(c[0])/255, float64(c[1])/255, float64(c[2])/255)
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	for _, v := range normals {
		if _, err := fmt.Fprintf(w, "vn %.6f %.6f %.6f\n", v[0], v[1], v[2]); err != nil {
			return err
		}
	}
	for _, f := range m.Triangles {
		if _, err := fmt.Fprintf(w, "f %[1]d//%[1]d %[2]d//%[2]d %[3]d//%[3]d\n", f[0]+1, f[1]+1, f[2]+1); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mesh) writePLY(w io.Writer, normals [][3]float32) error {
	colors := ""
	if m.Colors != nil {
		colors = "property uchar red\nproperty uchar green\nproperty uchar blue\n"
	}
	_, err := fmt.Fprintf(w, "ply\nformat binary_little_endian 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\n"+
		"property float nx\nproperty float ny\nproperty float nz\n%selement face %d\nproperty list uchar uint vertex_indices\nend_header\n", len(m.Vertices), colors, len(m.Triangles))
	if err != nil {
		return err
	}
	var b []byte
	for i, v := range m.Vertices {
		b = b[:0]
		for _, x := range [6]float32{v[0], v[1], v[2], normals[i][0], normals[i][1], normals[i][2]} {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		if m.Colors != nil {
			b = append(b, m.Colors[i][:]...)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	for _, f := range m.Triangles {
		b = append(b[:0], 3)
		for _, v := range f {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}
