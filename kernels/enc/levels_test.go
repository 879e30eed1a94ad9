package enc

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

// perLevelScale is the growth that makes the finest of n levels reach the wanted resolution.
func perLevelScale(finest, base float32, n int) float32 {
	ln := float32(math.Log(float64(finest / base)))
	return float32(math.Exp(float64(ln / float32(n-1))))
}

type totalCase struct {
	name string
	g    GridGeometry
	want uint32 // parameters = rows · features
}

func hash(dims, levels, features, log2T int, b float32) GridGeometry {
	return GridGeometry{GridHash, dims, levels, features, log2T, 16, b}
}

// totalCases are the published and recomputed parameter counts.
func totalCases() []totalCase {
	cs := []totalCase{
		{"tcnn config_hash", hash(2, 16, 2, 15, 1.5), 708368},
		{"image 1024", hash(2, 16, 2, 24, perLevelScale(512, 16, 16)), 1423440},
		{"densegrid", GridGeometry{GridDense, 3, 8, 4, 0, 16, 1.405}, 32624096},
		{"densegrid_1res", GridGeometry{GridTiled, 3, 2, 8, 0, 128, 1}, 33554432},
		{"tensor plane", hash(2, 16, 2, 17, perLevelScale(2048, 16, 16)), 1937552},
		{"T15", hash(3, 8, 4, 15, 2), 933888},
		{"T14", hash(3, 8, 4, 14, 2), 475136},
		{"T21", hash(3, 8, 4, 21, 2), 43139072},
	}
	for _, x := range []struct {
		aabb float32
		want uint32
	}{{1, 12196240}, {4, 13074912}, {16, 13623184}} {
		cs = append(cs, totalCase{"L16F2", hash(3, 16, 2, 19, perLevelScale(2048*x.aabb, 16, 16)), x.want})
	}
	for i, want := range []uint32{11681792, 12660928, 12855296, 12940032, 13041664, 13194816, 13379744, 13647872} {
		cs = append(cs, totalCase{"L8F4", hash(3, 8, 4, 19, perLevelScale(float32(int(2048)<<i), 16, 8)), want})
	}
	return cs
}

func TestTotals(t *testing.T) {
	for _, c := range totalCases() {
		_, rows, err := Levels(c.g)
		if err != nil {
			t.Errorf("%s b=%v: %v", c.name, c.g.PerLevelScale, err)
			continue
		}
		if got := rows * uint32(c.g.FeaturesPerLevel); got != c.want {
			t.Errorf("%s b=%v: %d parameters, want %d", c.name, c.g.PerLevelScale, got, c.want)
		}
	}
}

// Planted fault: a growth that is 1% too large must be seen in the totals (a saturated table hides it in a few), so the totals do
// depend on it.
func TestPlantedScaleFault(t *testing.T) {
	caught := 0
	for _, c := range totalCases() {
		g := c.g
		g.PerLevelScale *= 1.01
		_, rows, err := Levels(g)
		if err != nil {
			t.Fatal(err)
		}
		if rows*uint32(g.FeaturesPerLevel) != c.want {
			caught++
		}
	}
	if caught < 10 {
		t.Fatalf("a growth 1%% too large changes only %d of %d totals", caught, len(totalCases()))
	}
}

type row struct {
	res, offset, size uint32
	dense             bool
}

func checkTable(t *testing.T, g GridGeometry, want []row) []Level {
	t.Helper()
	got, rows, err := Levels(g)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d levels, want %d", len(got), len(want))
	}
	for i, w := range want {
		l := got[i]
		if (row{l.Resolution, l.Offset, l.Size, l.Dense}) != w || l.Hashed == w.dense {
			t.Errorf("level %d: %+v, want %+v", i, l, w)
		}
	}
	if last := got[len(got)-1]; rows != last.Offset+last.Size {
		t.Errorf("%d rows, the last level ends at %d", rows, last.Offset+last.Size)
	}
	return got
}

func TestLevelTables(t *testing.T) {
	const h = 1 << 19
	checkTable(t, hash(3, 8, 4, 19, 2), []row{
		{16, 0, 4096, true}, {32, 4096, 32768, true}, {64, 36864, 262144, true}, {128, 299008, h, false},
		{256, 823296, h, false}, {512, 1347584, h, false}, {1024, 1871872, h, false}, {2048, 2396160, h, false}})
	ls := checkTable(t, hash(3, 8, 4, 19, perLevelScale(8192, 16, 8)), []row{
		{16, 0, 4096, true}, {40, 4096, 64000, true}, {96, 68096, h, false}, {232, 592384, h, false},
		{566, 1116672, h, false}, {1379, 1640960, h, false}, {3361, 2165248, h, false}, {8193, 2689536, h, false}})
	for i, want := range []float64{15, 38.00844, 94.10365, 230.8653, 564.294, 1377.202, 3359.095, 8191.006} {
		// The wanted values are printed to seven digits: half a unit of the seventh digit is 5e-7 relative.
		if got := float64(ls[i].Scale); !(math.Abs(got-want) <= 1e-6*want) {
			t.Errorf("scale %d: %v, want %v", i, got, want)
		}
	}
	checkTable(t, hash(3, 16, 2, 19, perLevelScale(2048, 16, 16)), []row{
		{16, 0, 4096, true}, {23, 4096, 12168, true}, {31, 16264, 29792, true}, {43, 46056, 79512, true},
		{59, 125568, 205384, true}, {81, 330952, h, false}, {112, 855240, h, false}, {154, 1379528, h, false},
		{213, 1903816, h, false}, {295, 2428104, h, false}, {407, 2952392, h, false}, {562, 3476680, h, false},
		{777, 4000968, h, false}, {1073, 4525256, h, false}, {1483, 5049544, h, false}, {2048, 5573832, h, false}})

	ls, _, err := Levels(hash(2, 16, 2, 15, 1.5))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint32{16, 24, 36, 54, 81, 122, 183, 274, 411, 616, 923, 1384, 2076, 3114, 4671, 7007} {
		size := []uint32{256, 576, 1296, 2920, 6568, 14888}
		wantSize := uint32(32768)
		if i < len(size) {
			wantSize = size[i]
		}
		if ls[i].Resolution != want || ls[i].Size != wantSize {
			t.Errorf("2-D level %d: %+v, want %d/%d", i, ls[i], want, wantSize)
		}
	}
	ls, _, err = Levels(GridGeometry{GridDense, 3, 8, 4, 0, 16, 1.405})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint32{16, 23, 32, 45, 63, 88, 124, 173} {
		if ls[i].Resolution != want || !ls[i].Dense {
			t.Errorf("dense level %d: %+v, want %d", i, ls[i], want)
		}
	}
}

var hashVectors = []struct {
	v    []uint32
	hash uint32
}{
	{[]uint32{1, 0, 0}, 1}, {[]uint32{0, 1, 0}, 2654435761}, {[]uint32{0, 0, 1}, 805459861},
	{[]uint32{1, 2, 3}, 0xac69f5dc}, {[]uint32{100, 200, 300}, 0xd9e9b0b0}, {[]uint32{2047, 2047, 2047}, 0xff2c59db},
	{[]uint32{math.MaxUint32, 0, 0}, math.MaxUint32}, {[]uint32{123, 456}, 3536896819},
}

func hashVectorsHold(primes *[4]uint32) bool {
	for _, c := range hashVectors {
		if primeHash(primes, c.v) != c.hash {
			return false
		}
	}
	return true
}

func TestHashVectors(t *testing.T) {
	if !hashVectorsHold(&coherentPrimes) {
		for _, c := range hashVectors {
			t.Errorf("hash%v = %d, want %d", c.v, CoherentPrimeHash(c.v), c.hash)
		}
	}
	// The fourth prime has no published vector; it must be the one of the reference and prime.
	if got := CoherentPrimeHash([]uint32{0, 0, 0, 1}); got != 3674653429 || !big.NewInt(int64(got)).ProbablyPrime(20) {
		t.Errorf("fourth prime %d", got)
	}
}

// Planted faults: each wrong prime, a swapped pair and the primes of January 2022 must be caught by the vectors.
func TestPlantedHashFaults(t *testing.T) {
	for name, p := range map[string][4]uint32{
		"x factor not 1": {1958374283, 2654435761, 805459861, 3674653429},
		"y off by two":   {1, 2654435763, 805459861, 3674653429},
		"z digit lost":   {1, 2654435761, 80545961, 3674653429},
		"y and z":        {1, 805459861, 2654435761, 3674653429},
		"first release":  {1, 19349663, 83492791, 25165843},
	} {
		if hashVectorsHold(&p) {
			t.Errorf("planted fault %q was not caught", name)
		}
	}
}

func TestIndex(t *testing.T) {
	ls, _, err := Levels(hash(3, 8, 4, 19, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		level int
		v     []uint32
		want  uint32
	}{
		{0, []uint32{1, 2, 3}, 1 + 2*16 + 3*256},
		{0, []uint32{15, 15, 15}, 4095},
		{0, []uint32{16, 15, 15}, 0}, // one beyond the edge wraps
		{7, []uint32{0, 1, 0}, 489905}, {7, []uint32{0, 0, 1}, 153493}, {7, []uint32{1, 2, 3}, 128476},
		{7, []uint32{100, 200, 300}, 110768}, {7, []uint32{2047, 2047, 2047}, 285147},
		{7, []uint32{math.MaxUint32, 0, 0}, 524287},
	} {
		if got := Index(ls[c.level], c.v); got != c.want {
			t.Errorf("level %d vertex %v: row %d, want %d", c.level, c.v, got, c.want)
		}
	}
	two, _, err := Levels(hash(2, 16, 2, 15, 1.5))
	if err != nil {
		t.Fatal(err)
	}
	if got := two[15].Index([]uint32{123, 456}); got != 17203 {
		t.Errorf("2-D row %d, want 17203", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a 2-D vertex in a 3-D grid was accepted")
		}
	}()
	ls[0].Index([]uint32{1, 2})
}

// On a dense level each vertex has its own row and together they fill rows 0..R^D-1, whatever the dimension.
func TestDenseLevelsAreBijective(t *testing.T) {
	for dims := 2; dims <= 4; dims++ {
		ls, _, err := Levels(GridGeometry{GridDense, dims, 3, 1, 0, 5, 1.3})
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range ls {
			n := uint32(math.Pow(float64(l.Resolution), float64(dims)))
			seen := make([]bool, n)
			v := make([]uint32, dims)
			for k := range n {
				rest := k
				for d := range v {
					v[d] = rest % l.Resolution
					rest /= l.Resolution
				}
				r := l.Index(v)
				if r >= n || seen[r] {
					t.Fatalf("%d-D level %d: vertex %v has row %d, taken or beyond %d", dims, i, v, r, n)
				}
				seen[r] = true
			}
		}
	}
}

// Above the largest numbered resolution a hash level hashes and a tiled level answers row 0.
func TestMaxBaseRule(t *testing.T) {
	for dims, top := range map[int]uint32{2: 65535, 3: 1625, 4: 255} {
		fits := new(big.Int).Exp(big.NewInt(int64(top)), big.NewInt(int64(dims)), nil)
		over := new(big.Int).Exp(big.NewInt(int64(top)+1), big.NewInt(int64(dims)), nil)
		limit := big.NewInt(1 << 32)
		if fits.Cmp(limit) >= 0 || over.Cmp(limit) < 0 {
			t.Errorf("%d-D: %d is not the largest base below 2^32", dims, top)
		}
		if maxDenseBase[dims] != top {
			t.Errorf("%d-D: table says %d", dims, maxDenseBase[dims])
		}
		v := make([]uint32, dims)
		v[dims-1] = 1
		tiled := Level{Resolution: top + 1, Size: 4096, Dims: uint32(dims)}
		if got := tiled.Index(v); got != 0 {
			t.Errorf("%d-D tiled level above the limit: row %d", dims, got)
		}
		tiled.Resolution = top
		want := new(big.Int).Exp(big.NewInt(int64(top)), big.NewInt(int64(dims-1)), nil)
		if got := tiled.Index(v); uint64(got) != want.Uint64()%4096 {
			t.Errorf("%d-D tiled level at the limit: row %d", dims, got)
		}
	}
	ls, _, err := Levels(GridGeometry{GridTiled, 3, 2, 8, 0, 128, 1})
	if err != nil {
		t.Fatal(err)
	}
	if ls[1].Hashed || !ls[1].Dense || ls[1].Size != 128*128*128 {
		t.Errorf("single-resolution tiled level %+v", ls[1])
	}
	ls, _, err = Levels(GridGeometry{GridTiled, 2, 3, 2, 0, 4, 2})
	if err != nil {
		t.Fatal(err)
	}
	if l := ls[2]; l.Hashed || l.Dense || l.Size != 16 || l.Index([]uint32{3, 5}) != (3+5*16)%16 {
		t.Errorf("tiled level %+v", l)
	}
}

func TestBadGeometry(t *testing.T) {
	good := hash(3, 8, 4, 19, 2)
	nan := float32(math.NaN())
	for want, edit := range map[string]func(*GridGeometry){
		"unknown grid kind": func(g *GridGeometry) { g.Kind = 9 },
		"dimensions":        func(g *GridGeometry) { g.Dims = 5 },
		"levels, not 0":     func(g *GridGeometry) { g.Levels = 0 },
		"levels, not 129":   func(g *GridGeometry) { g.Levels = 129 },
		"features":          func(g *GridGeometry) { g.FeaturesPerLevel = 3 },
		"hash table size":   func(g *GridGeometry) { g.Log2HashmapSize = 0 },
		"base resolution":   func(g *GridGeometry) { g.BaseResolution = 0 },
		"per-level scale":   func(g *GridGeometry) { g.PerLevelScale = nan },
		"above 0":           func(g *GridGeometry) { g.PerLevelScale = 0 },
		"rows; at most":     func(g *GridGeometry) { g.Kind = GridDense; g.Levels = 16 },
		"vertices per axis": func(g *GridGeometry) { g.Levels = 40 },
	} {
		g := good
		edit(&g)
		if _, _, err := Levels(g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", g, err, want)
		}
	}
}
