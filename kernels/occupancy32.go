package kernels

import (
	"math"
	"math/bits"
)

// The statements of shaders/lib/occupancy.glsl in Go. The occupancy grid is 8 nested cubes of 128³ cells around
// (0.5,0.5,0.5); cube c has edge 2^c; cells lie in Morton order.
const (
	GridEdge     = 128
	GridCells    = GridEdge * GridEdge * GridEdge // of one cascade
	GridCascades = 8
	gridWords    = GridCells / 32 // of one cascade's bitfield
	// OccupancySize is the size in bytes of the bitfield of all cascades.
	OccupancySize = GridCascades * GridCells / 8
)

func spreadBits(v uint32) uint32 {
	v = (v | v<<16) & 0x030000ff
	v = (v | v<<8) & 0x0300f00f
	v = (v | v<<4) & 0x030c30c3
	return (v | v<<2) & 0x09249249
}

func gatherBits(v uint32) uint32 {
	v &= 0x09249249
	v = (v | v>>2) & 0x030c30c3
	v = (v | v>>4) & 0x0300f00f
	v = (v | v>>8) & 0x030000ff
	return (v | v>>16) & 0x000003ff
}

// Morton3 interleaves the bits of cell coordinates, x lowest.
func Morton3(x, y, z uint32) uint32 { return spreadBits(x) | spreadBits(y)<<1 | spreadBits(z)<<2 }

// Unmorton3 is the inverse of Morton3.
func Unmorton3(m uint32) (x, y, z uint32) {
	return gatherBits(m), gatherBits(m >> 1), gatherBits(m >> 2)
}

func power2(e int) float32 { return math.Float32frombits(uint32(e+127) << 23) }

// cellAt is the cell of p in cascade c; ok is false outside.
func cellAt(p vec3, c uint32) (cell uint32, ok bool) {
	s := power2(-int(c))
	var i [3]uint32
	for k := range p {
		q := (float32((p[k]-0.5)*s) + 0.5) * 128
		if !(q > -1 && q < 128) {
			return 0, false
		}
		i[k] = uint32(int32(q))
	}
	return Morton3(i[0], i[1], i[2]), true
}

// frexpExponent is the e of v = f·2^e, f in [½,1); 0 for 0 and subnormal numbers.
func frexpExponent(v float32) int {
	e := math.Float32bits(v) >> 23 & 255
	if e == 0 {
		return 0
	}
	return int(e) - 126
}

func mipFromPosition(p vec3, maxMip uint32) uint32 {
	m := max(abs32(p[0]-0.5), abs32(p[1]-0.5), abs32(p[2]-0.5))
	return uint32(min(max(frexpExponent(m)+1, 0), int(maxMip)))
}

func mipFromStep(p vec3, dt float32, maxMip uint32) uint32 {
	mip := mipFromPosition(p, maxMip)
	q := dt * 256
	if q < 1 {
		return mip
	}
	return min(max(mip, uint32(frexpExponent(q))), maxMip)
}

// OccupiedCells counts the set bits of one cascade.
func OccupiedCells(bitfield []uint32, cascade int) int {
	n := 0
	for _, w := range bitfield[cascade*gridWords : (cascade+1)*gridWords] {
		n += bits.OnesCount32(w)
	}
	return n
}
