package mesh

import (
	"io"
	"math"

	"github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/modeler"
)

// writeGLB writes one primitive of glTF 2.0 in its binary container. Colours of glTF are linear, in 16 bits here.
func (m *Mesh) writeGLB(w io.Writer, normals [][3]float32) error {
	doc := gltf.NewDocument()
	doc.Asset.Generator = "radia"
	indices := make([]uint32, 0, 3*len(m.Triangles))
	for _, t := range m.Triangles {
		indices = append(indices, t[:]...)
	}
	primitive := &gltf.Primitive{
		Indices: gltf.Index(modeler.WriteIndices(doc, indices)),
		Attributes: gltf.PrimitiveAttributes{
			gltf.POSITION: modeler.WritePosition(doc, m.Vertices),
			gltf.NORMAL:   modeler.WriteNormal(doc, normals),
		},
	}
	if m.Colors != nil {
		var linear [256]uint16
		for i := range linear {
			s := float64(i) / 255
			if s <= 0.04045 {
				s /= 12.92
			} else {
				s = math.Pow((s+0.055)/1.055, 2.4)
			}
			linear[i] = uint16(s*65535 + 0.5)
		}
		colors := make([][4]uint16, len(m.Colors))
		for i, c := range m.Colors {
			colors[i] = [4]uint16{linear[c[0]], linear[c[1]], linear[c[2]], 65535}
		}
		primitive.Attributes[gltf.COLOR_0] = modeler.WriteColor(doc, colors)
	}
	doc.Meshes = []*gltf.Mesh{{Primitives: []*gltf.Primitive{primitive}}}
	doc.Nodes = []*gltf.Node{{Mesh: gltf.Index(0)}}
	doc.Scenes[0].Nodes = []int{0}
	e := gltf.NewEncoder(w)
	e.AsBinary = true
	return e.Encode(doc)
}
