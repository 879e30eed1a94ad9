package volume

import "math"

// CellEdge is the edge of the lattice of cells in which a learned volume is known to be empty or not, the reference's.
const CellEdge = 128

// Cells are the largest densities in CellEdge³ cells of the unit cube, x slowest, interpolation included.
func (m *Medium) Cells() []float32 {
	out := make([]float32, CellEdge*CellEdge*CellEdge)
	g := m.volume.Density
	// Where a cell holds many voxels, the medium's own table of largest densities is near enough.
	coarse := m.Voxels > 4*CellEdge
	parallel(CellEdge, func(x int) {
		for y := range CellEdge {
			for z := range CellEdge {
				var lo, hi [3]int
				outside := false
				for k, i := range [3]int{x, y, z} {
					a, b := float64(i)/CellEdge, float64(i+1)/CellEdge
					outside = outside || b < m.Lo[k] || a > m.Hi[k]
					// Voxels whose centres lie within one voxel of the cell take part in the interpolation.
					lo[k] = max(int(math.Floor(a*m.Scale[k]+m.Offset[k]-0.5)), g.Min[k])
					hi[k] = min(int(math.Floor(b*m.Scale[k]+m.Offset[k]-0.5))+1, g.Max[k])
				}
				if !outside {
					out[(x*CellEdge+y)*CellEdge+z] = m.largest(lo, hi, coarse)
				}
			}
		}
	})
	return out
}

// largest is the largest density of the voxels lo to hi; with coarse set that of the table's cells that hold them.
func (m *Medium) largest(lo, hi [3]int, coarse bool) float32 {
	g, largest := m.volume.Density, float32(math.Inf(-1))
	if coarse {
		for k := range lo {
			lo[k], hi[k] = (lo[k]-g.Min[k])/m.edge, (hi[k]-g.Min[k])/m.edge
		}
		for i := lo[0]; i <= hi[0]; i++ {
			for j := lo[1]; j <= hi[1]; j++ {
				for k := lo[2]; k <= hi[2]; k++ {
					largest = max(largest, m.cells[(i*m.n[1]+j)*m.n[2]+k])
				}
			}
		}
		return largest
	}
	for i := lo[0]; i <= hi[0]; i++ {
		for j := lo[1]; j <= hi[1]; j++ {
			for k := lo[2]; k <= hi[2]; k++ {
				largest = max(largest, g.At(i, j, k))
			}
		}
	}
	return float32(m.density(float64(largest)))
}
