package volume

import (
	"bytes"
	"compress/zlib"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/radia-go/radia/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// nanoValue is the voxel that the test's grids have: two leaves far apart, so that both signs of a coordinate occur.
func nanoValue(x, y, z int) float32 {
	return float32(x&7) + 10*float32(y&7) + 100*float32(z&7)
}

const nanoTile = 7 // value of the tile beside the first leaf

// nanoGridBytes writes a grid by hand: a root with two upper nodes, each with a lower node and a leaf, at (-8,0,0) and
// (16,8,0), and a tile at (24,8,0). kind is the type; quantised leaves have codes of the given bits.
func nanoGridBytes(kind uint32, bits int) []byte {
	leafSize := (leafTable + brickCells/8*bits + 31) &^ 31
	b := make([]byte, nanoGridSize)
	copy(b, nanoMagicGrid)
	le.PutUint32(b[16:], nanoMajor<<21|6<<10)
	copy(b[40:], "density\x00")
	for k := range 3 {
		le.PutUint64(b[296+88+8*4*k:], math.Float64bits(0.5))
	}
	le.PutUint32(b[632:], 2)
	le.PutUint32(b[636:], kind)
	le.PutUint64(b[672+24:], 64)
	root := make([]byte, rootHeader+2*rootTile)
	box := []int32{-8, 0, 0, 31, 15, 7}
	for i, v := range box {
		le.PutUint32(root[4*i:], uint32(v))
	}
	le.PutUint32(root[24:], 2)
	corners := [2][3]int{{-8, 0, 0}, {16, 8, 0}}
	at := len(root)
	nodes := []byte{}
	for i, c := range corners {
		t := root[rootHeader+rootTile*i:]
		key := uint64(0)
		for _, x := range c {
			key = key<<21 | uint64(uint32(x)>>12)
		}
		le.PutUint64(t, key)
		le.PutUint64(t[8:], uint64(at))
		upper, lower := make([]byte, upperSize), make([]byte, lowerSize)
		slot := func(log2Child, bits int, p [3]int) int {
			n := 0
			for _, x := range p {
				n = n<<bits | x>>log2Child&(1<<bits-1)
			}
			return n
		}
		set := func(node []byte, mask, table, n int, child uint64) {
			node[nodeMasks+mask+n>>3] |= 1 << (n & 7)
			le.PutUint64(node[table+8*n:], child)
		}
		set(upper, upperMask, upperTable, slot(7, 5, c), upperSize)
		set(lower, lowerMask, lowerTable, slot(3, 4, c), lowerSize)
		if i == 1 {
			c[0] += 8
			le.PutUint32(lower[lowerTable+8*slot(3, 4, c):], math.Float32bits(nanoTile))
			c[0] -= 8
		}
		leaf := make([]byte, leafSize)
		le.PutUint32(leaf[leafMinimum:], math.Float32bits(-1))
		le.PutUint32(leaf[leafQuantum:], math.Float32bits(0.5))
		if kind == nanoFpN {
			leaf[leafFlags] = uint8(map[int]int{1: 0, 2: 1, 4: 2, 8: 3, 16: 4}[bits]) << 5
		}
		for n := range brickCells {
			v := nanoValue(n>>6, n>>3&7, n&7)
			switch bits {
			case 32:
				le.PutUint32(leaf[leafTable+4*n:], math.Float32bits(v))
			case 16:
				le.PutUint16(leaf[leafTable+2*n:], uint16(v))
			default:
				leaf[leafTable+n*bits/8] |= uint8(int(v)&(1<<bits-1)) << (n * bits & 7)
			}
		}
		nodes = slices.Concat(nodes, upper, lower, leaf)
		at += len(upper) + len(lower) + len(leaf)
		at -= 0
	}
	// Children are counted from the root's beginning.
	b = slices.Concat(b, root, nodes)
	le.PutUint64(b[32:], uint64(len(b)))
	return b
}

// nanoFile wraps a grid as a file of one segment.
func nanoFile(grid []byte, codec uint16) []byte {
	data := grid
	if codec == 1 {
		var z bytes.Buffer
		z.Write(make([]byte, 8))
		w := zlib.NewWriter(&z)
		w.Write(grid)
		w.Close()
		data = z.Bytes()
		le.PutUint64(data, uint64(len(data)-8))
	}
	head := make([]byte, nanoHeaderSize+nanoMetaSize)
	copy(head, nanoMagicFile)
	le.PutUint32(head[8:], nanoMajor<<21|6<<10)
	le.PutUint16(head[12:], 1)
	le.PutUint16(head[14:], codec)
	meta := head[nanoHeaderSize:]
	le.PutUint64(meta, uint64(len(grid)))
	le.PutUint64(meta[8:], uint64(len(data)))
	le.PutUint32(meta[136:], 8)
	le.PutUint16(meta[168:], codec)
	return slices.Concat(head, []byte("density\x00"), data)
}

func TestNanoVDB(t *testing.T) {
	for _, c := range []struct {
		name  string
		file  []byte
		bits  int
		codec string
	}{
		{"float", nanoFile(nanoGridBytes(nanoFloat, 32), 0), 32, "none"},
		{"zip", nanoFile(nanoGridBytes(nanoFloat, 32), 1), 32, "zip"},
		{"bare", nanoGridBytes(nanoFloat, 32), 32, "none"},
		{"fp16", nanoFile(nanoGridBytes(nanoFp16, 16), 0), 16, "none"},
		{"fp8", nanoFile(nanoGridBytes(nanoFp8, 8), 0), 8, "none"},
		{"fp4", nanoFile(nanoGridBytes(nanoFp4, 4), 0), 4, "none"},
		{"fpN of 1", nanoFile(nanoGridBytes(nanoFpN, 1), 0), 1, "none"},
		{"fpN of 2", nanoFile(nanoGridBytes(nanoFpN, 2), 0), 2, "none"},
		{"fpN of 16", nanoFile(nanoGridBytes(nanoFpN, 16), 1), 16, "zip"},
	} {
		v, err := decodeNanoVDB(c.file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if v.Codec != c.codec || v.Name != "density" || v.Spacing != [3]float64{0.5, 0.5, 0.5} || v.Density.Dims() != [3]int{40, 16, 8} {
			t.Errorf("%s: %+v", c.name, v)
		}
		wrong := 0
		for x := -8; x < 32; x++ {
			for y := range 16 {
				for z := range 8 {
					want := float32(0)
					switch {
					case x < 0 && y < 8, x >= 16 && x < 24 && y >= 8:
						want = nanoValue(x, y, z)
						if c.bits < 32 {
							want = float32(int(want)&(1<<c.bits-1))*0.5 - 1
						}
					case x >= 24 && y >= 8:
						want = nanoTile
					}
					if got := v.Density.At(x, y, z); got != want {
						wrong++
						if wrong == 1 {
							t.Errorf("%s: voxel (%d, %d, %d) is %v, want %v", c.name, x, y, z, got, want)
						}
					}
				}
			}
		}
		if c.bits == 32 && (v.Density.Lo != 0 || v.Density.Hi != 777) {
			t.Errorf("%s: range %v to %v", c.name, v.Density.Lo, v.Density.Hi)
		}
	}
}

func TestBadNanoVDB(t *testing.T) {
	change := func(at int, v byte) []byte {
		b := slices.Clone(nanoFile(nanoGridBytes(nanoFloat, 32), 0))
		b[at] = v
		return b
	}
	const grid = nanoHeaderSize + nanoMetaSize + 8
	const root = grid + nanoGridSize
	whole := nanoFile(nanoGridBytes(nanoFloat, 32), 0)
	zipped := nanoFile(nanoGridBytes(nanoFloat, 32), 1)
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"nothing", "no NanoVDB", nil},
		{"magic", "no NanoVDB", change(0, 'X')},
		{"version", "version 40", change(11, 5)},
		{"blosc", "blosc", nanoFile(nanoGridBytes(nanoFloat, 32), 2)},
		{"codec", "codec 9", change(14, 9)},
		{"header", "cut short", whole[:20]},
		{"half", "cut short", whole[:len(whole)/2]},
		{"zip cut", "cut short", zipped[:len(zipped)-20]},
		{"vector", "vec3f", change(grid+636, 6)},
		{"level set", "level set", change(grid+632, 1)},
		{"huge box", "bricks", change(root+12+3, 0x7f)},
		{"empty box", "empty", change(root+3, 0x7f)},
		{"tiles", "tiles", change(root+27, 0x7f)},
		{"child", "lies", change(root+rootHeader+8+6, 0x7f)},
		{"self", "", func() []byte { // an upper node that is its own lower node
			b := change(0, 'N')
			le.PutUint64(b[root+rootHeader+8:], 1<<62)
			return b
		}()},
		{"name", "claims", change(nanoHeaderSize+136+2, 0xff)},
	} {
		_, err := decodeNanoVDB(c.file)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzNanoVDB(f *testing.F) {
	small := nanoFile(nanoGridBytes(nanoFpN, 1), 1) // zlib makes it short
	f.Add(small)
	f.Add(small[:len(small)/2])
	f.Add(nanoFile(nanoGridBytes(nanoFloat, 32), 0)[:nanoHeaderSize+nanoMetaSize+8+nanoGridSize+100])
	f.Add([]byte("NanoVDB0"))
	f.Add([]byte("NanoVDB1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<20 || !looksLikeNanoVDB(b) {
			return
		}
		if v, err := decodeNanoVDB(b); err == nil {
			v.Density.At(0, 0, 0)
		}
	})
}

func TestSmoke(t *testing.T) {
	v, err := Load(testenv.Data(t, "volume", "smoke.nvdb"))
	if err != nil {
		t.Fatal(err)
	}
	// Box and range as the file's own statistics have them; they are not read to build the grid.
	if v.Density.Dims() != [3]int{111, 222, 112} || v.Density.Min != [3]int{1, 2, 1} || math.Abs(float64(v.Density.Hi)-5.71484375) > 1e-6 || len(v.Warnings) != 0 {
		t.Errorf("%v voxels from %v, %v to %v, %q", v.Density.Dims(), v.Density.Min, v.Density.Lo, v.Density.Hi, v.Warnings)
	}
	n, mean := 0, 0.0
	for x := v.Density.Min[0]; x <= v.Density.Max[0]; x++ {
		for y := v.Density.Min[1]; y <= v.Density.Max[1]; y++ {
			for z := v.Density.Min[2]; z <= v.Density.Max[2]; z++ {
				if d := v.Density.At(x, y, z); d > 0 {
					n++
					mean += float64(d)
				}
			}
		}
	}
	// The file counts 1,049,275 active voxels of mean 0.16344.
	if mean /= 1049275; n > 1049275 || math.Abs(mean-0.163446) > 1e-4 {
		t.Errorf("%d voxels above 0, sum over the active ones' number %v", n, mean)
	}
}
