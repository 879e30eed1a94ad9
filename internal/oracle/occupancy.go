package oracle

import (
	"math"
	"slices"
)

// Pool is the bitfield after one cascade took over what the next finer one holds, cell by cell: a coarse cell of the
// central half is occupied when one of the eight fine cells inside it is.
func Pool(bits []uint32, level int) []uint32 {
	out := slices.Clone(bits)
	for z := range 128 {
		for y := range 128 {
			for x := range 128 {
				fine := Morton(x, y, z)
				if bits[(level-1)*65536+fine/32]>>(fine%32)&1 == 0 {
					continue
				}
				coarse := Morton(32+x/2, 32+y/2, 32+z/2)
				out[level*65536+coarse/32] |= 1 << (coarse % 32)
			}
		}
	}
	return out
}

// SeenCell says whether some camera surely sees a corner of the cell, or surely none does; neither when a corner lies
// within 1e-4 of the edge of an image. Index counts Morton cells over the cascades.
func SeenCell(cameras []Camera, index int) (yes, no bool) {
	cascade, cell := index>>21, index&(1<<21-1)
	edge := math.Pow(2, float64(cascade)) / 128
	no = true
	for corner := range 8 {
		var p [3]float64
		for d := range p {
			x := 0
			for b := range 7 {
				x |= (cell >> (3*b + d) & 1) << b
			}
			p[d] = 0.5 + (float64(x)-64+float64(corner>>d&1))*edge
		}
		for i := range cameras {
			y, n := cameras[i].sees(p)
			yes = yes || y
			no = no && n
		}
	}
	return yes, no
}

func (c *Camera) sees(p [3]float64) (yes, no bool) {
	if c.Lens == 2 || c.Lens == 3 || c.Lens == 5 {
		return true, false
	}
	var l [3]float64
	length := 0.0
	for j := range l {
		for i := range p {
			l[j] += c.Pose[i][j] * (p[i] - c.Pose[i][3])
		}
		length += l[j] * l[j]
	}
	length = math.Sqrt(length)
	front := l[2] / length
	if front < 1e-4-1e-5 {
		return false, true
	}
	x, y := l[0]/l[2], l[1]/l[2]
	switch c.Lens {
	case 1, 4:
		x, y = c.Distort(x, y)
	case 6:
		x, y = l[0], l[1]
	}
	u, v := x*c.Fx/c.Width+c.Cx, y*c.Fy/c.Height+c.Cy
	inside := math.Min(math.Min(u, 1-u), math.Min(v, 1-v)) // > 0 inside the image
	if inside < -1e-4 {
		return false, true
	}
	if inside < 1e-4 || front < 1e-4+1e-5 {
		return false, false
	}
	if c.Lens == 6 {
		return true, false
	}
	_, d, ok := c.Ray(u, v)
	miss := 0.0
	for i := range d {
		miss += math.Pow(d[i]-(p[i]-c.Pose[i][3])/length, 2)
	}
	miss = math.Sqrt(miss)
	return ok && miss < 9e-4, !ok || miss > 1.1e-3
}
