package enc

import (
	"fmt"
	"math"
)

// GridKind says how a grid encoding turns a vertex into a table row.
type GridKind uint8

const (
	// GridHash keeps coarse levels dense and hashes the levels that do not fit into the table.
	GridHash GridKind = iota
	// GridDense gives every vertex of every level a row of its own.
	GridDense
	// GridTiled repeats a tile of the base resolution over the finer levels.
	GridTiled
)

// String returns the name used in configuration files.
func (k GridKind) String() string {
	switch k {
	case GridHash:
		return "Hash"
	case GridDense:
		return "Dense"
	case GridTiled:
		return "Tiled"
	}
	return fmt.Sprintf("GridKind(%d)", uint8(k))
}

// Limits of a grid.
const (
	MaxLevels          = 128
	MaxLog2HashmapSize = 28
	// MaxGridRows bounds the sum of all levels, so that row indices and byte offsets stay in range everywhere.
	MaxGridRows = 1<<31 - 1
)

// GridGeometry is what decides the shape of a multiresolution grid (Müller et al. 2022, section 3).
type GridGeometry struct {
	Kind             GridKind
	Dims             int     // 2, 3 or 4
	Levels           int     // 1..MaxLevels
	FeaturesPerLevel int     // 1, 2, 4 or 8
	Log2HashmapSize  int     // table rows of a hashed level, as a power of two; read for GridHash only
	BaseResolution   int     // vertices per axis of level 0
	PerLevelScale    float32 // growth b of the resolution from level to level
}

// Level is the geometry of one level. Rows are feature vectors, not single parameters.
type Level struct {
	Scale      float32 // cells across the unit interval: exp2(l·log2 b)·base − 1
	Resolution uint32  // vertices per axis: ceil(Scale) + 1
	Offset     uint32  // first row of the level in the table
	Size       uint32  // rows of the level
	Dims       uint32  // dimensions of a vertex
	Dense      bool    // every vertex inside the level has a row of its own
	Hashed     bool    // the row is a hash of the vertex
}

// Levels computes the level table and the number of rows of all levels together:
//
//	scale(l)      = exp2(l·log2(b))·base − 1       each operation rounded to float32
//	resolution(l) = ceil(scale(l)) + 1
//	rows(l)       = resolution^D, at most 2^31−1, rounded up to a multiple of 8,
//	                and at most base^D (Tiled) or 2^log2_hashmap_size (Hash)
//
// Whether 31.000002 or 31 comes out decides a resolution, so the table is computed here, once, and handed to every
// kernel. A table of more than MaxGridRows rows is an error.
func Levels(g GridGeometry) (levels []Level, rows uint32, err error) {
	if err := g.check(); err != nil {
		return nil, 0, err
	}
	log2b := float32(math.Log2(float64(g.PerLevelScale)))
	var total uint64
	levels = make([]Level, g.Levels)
	for i := range levels {
		growth := float32(math.Exp2(float64(float32(float32(i) * log2b))))
		scale := float32(growth*float32(g.BaseResolution)) - 1
		up := math.Ceil(float64(scale))
		if !(up+1 <= MaxGridRows) {
			return nil, 0, fmt.Errorf("level %d has %g vertices per axis; at most %d fit", i, up+1, MaxGridRows)
		}
		res := uint32(up) + 1
		size := gridRows(g, res)
		if total+size > MaxGridRows {
			return nil, 0, fmt.Errorf("levels 0 to %d need %d rows; at most %d fit", i, total+size, MaxGridRows)
		}
		stride, fits := denseRows(res, g.Dims)
		levels[i] = Level{
			Scale: scale, Resolution: res, Offset: uint32(total), Size: uint32(size), Dims: uint32(g.Dims),
			Dense:  fits && stride <= size,
			Hashed: g.Kind == GridHash && size < stride,
		}
		total += size
	}
	return levels, uint32(total), nil
}

func (g GridGeometry) check() error {
	switch {
	case g.Kind > GridTiled:
		return fmt.Errorf("unknown grid kind %d", g.Kind)
	case g.Dims < 2 || g.Dims > 4:
		return fmt.Errorf("a grid has 2, 3 or 4 dimensions, not %d", g.Dims)
	case g.Levels < 1 || g.Levels > MaxLevels:
		return fmt.Errorf("a grid has 1 to %d levels, not %d", MaxLevels, g.Levels)
	case g.FeaturesPerLevel != 1 && g.FeaturesPerLevel != 2 && g.FeaturesPerLevel != 4 && g.FeaturesPerLevel != 8:
		return fmt.Errorf("a level has 1, 2, 4 or 8 features, not %d", g.FeaturesPerLevel)
	case g.Kind == GridHash && (g.Log2HashmapSize < 1 || g.Log2HashmapSize > MaxLog2HashmapSize):
		return fmt.Errorf("log2 of the hash table size must be 1 to %d, not %d", MaxLog2HashmapSize, g.Log2HashmapSize)
	case g.BaseResolution < 1 || g.BaseResolution > 1<<24:
		return fmt.Errorf("the base resolution must be 1 to %d, not %d", 1<<24, g.BaseResolution)
	case !(g.PerLevelScale > 0 && g.PerLevelScale <= 1<<24):
		return fmt.Errorf("the per-level scale must be above 0 and at most %d, not %v", 1<<24, g.PerLevelScale)
	}
	return nil
}

// gridRows is the number of rows of a level of the given resolution.
func gridRows(g GridGeometry, res uint32) uint64 {
	const limit = 1<<31 - 1
	rows := uint64(limit)
	if p := powSaturated(uint64(res), g.Dims); float32(p) <= limit {
		rows = min(p, limit)
	}
	rows = (rows + 7) &^ 7
	switch g.Kind {
	case GridTiled:
		return min(rows, powSaturated(uint64(g.BaseResolution), g.Dims))
	case GridHash:
		return min(rows, 1<<g.Log2HashmapSize)
	}
	return rows
}

// powSaturated is x^n, or 2^63 where that is smaller.
func powSaturated(x uint64, n int) uint64 {
	p := uint64(1)
	for range n {
		if x != 0 && p > (1<<63)/x {
			return 1 << 63
		}
		p *= x
	}
	return p
}

// maxDenseBase[D] is the largest resolution whose D-th power fits into 32 bits.
var maxDenseBase = [...]uint32{2: 65535, 3: 1625, 4: 255}

// denseRows is res^dims where that fits into 32 bits; otherwise 2^32−1 and false.
func denseRows(res uint32, dims int) (uint64, bool) {
	if res > maxDenseBase[dims] {
		return math.MaxUint32, false
	}
	return powSaturated(uint64(res), dims), true
}

// coherentPrimes are the factors of the spatial hash. The first is 1, so that neighbours along x stay neighbours in
// memory (Müller et al. 2022, equation 4).
var coherentPrimes = [4]uint32{1, 2654435761, 805459861, 3674653429}

// CoherentPrimeHash is the exclusive or of v[d]·prime[d], products modulo 2^32, for up to four dimensions.
func CoherentPrimeHash(v []uint32) uint32 { return primeHash(&coherentPrimes, v) }

func primeHash(primes *[4]uint32, v []uint32) uint32 {
	var h uint32
	for d, x := range v {
		h ^= x * primes[d]
	}
	return h
}

// Index returns the row of vertex v, counted from the level's Offset:
//
//	Σ_d v[d]·resolution^d   modulo 2^32, then modulo Size    while resolution^D fits into 32 bits
//	hash(v)                 modulo Size                      on a hashed level
//	0                                                        on an unhashed level too fine to number
//
// Vertices outside the level wrap around, as a position outside the unit cube does. v holds one coordinate per
// dimension of the grid.
func (l Level) Index(v []uint32) uint32 {
	if len(v) != int(l.Dims) {
		panic(fmt.Sprintf("enc.Level.Index: a vertex of %d coordinates in a grid of %d dimensions", len(v), l.Dims))
	}
	if l.Hashed {
		return CoherentPrimeHash(v) % l.Size
	}
	if l.Resolution > maxDenseBase[l.Dims] {
		return 0
	}
	index, stride := uint32(0), uint32(1)
	for _, x := range v {
		index += x * stride
		stride *= l.Resolution
	}
	return index % l.Size
}

// Index is Level.Index as a function: the row of vertex v of level l, counted from the level's Offset.
func Index(l Level, v []uint32) uint32 { return l.Index(v) }
