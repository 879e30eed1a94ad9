package train

import (
	"fmt"
	"math/bits"
	"sync"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/f16"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/snapshot"
)

// tilePool is the part of a picture that is in memory while the whole is not: tiles in the order of a random permutation,
// of which each step replaces a few by the next ones, so that all are there equally long. The pool before a step depends on
// the seed and the step alone, and a resumed training has the same.
type tilePool struct {
	tiles *imageio.Tiled
	seed  uint64
	slots []poolSlot
	words []uint32 // of all slots
	fresh int      // tiles replaced before each step but the first
	next  int      // the step that the pool is ready for, -1 where it holds nothing
}

// poolSlot is a tile in memory: where its first pixel lies and how much of it is picture.
type poolSlot struct{ x, y, width, height int }

// refresh is how many tiles a step replaces: one in 256 of the pool, which bounds both what is read in a step and how long
// a tile stays.
const refresh = 256

// tileKey is the number of tiles in memory in a snapshot's Radia.State.
const tileKey = "tiles_in_memory"

// PoolTiles is how many tiles of a picture fit into so many bytes of memory, at least one and at most all.
func PoolTiles(t *imageio.Tiled, memory int64) int {
	return int(min(max(memory/int64(4*t.TileWords()), 1), int64(t.Count())))
}

// StoredTiles is how many tiles a training in tiles kept in memory, by its snapshot; 0 for a training on a whole picture.
func StoredTiles(s *snapshot.Snapshot) int {
	if s.Radia != nil {
		if v, ok := s.Radia.State[tileKey].(int64); ok && v > 0 && v < 1<<31 {
			return int(v)
		}
	}
	return 0
}

// NewTiledImage prepares a training on a picture in tiles, of which so many are in memory at a time. The host draws the samples,
// all pixels alike: those of a step lie in the tiles that are there, spread evenly over them.
func NewTiledImage(d gpu.Device, tiles *imageio.Tiled, inMemory int, opt FitOptions) (*Image, error) {
	if tiles.Width > 1<<22 || tiles.Height > 1<<22 {
		return nil, fmt.Errorf("a picture of %d x %d pixels cannot be trained on: an edge has at most %d", tiles.Width, tiles.Height, 1<<22)
	}
	if opt.Sampling != Stratified {
		return nil, fmt.Errorf("a picture in tiles is sampled tile by tile, not %s", opt.Sampling)
	}
	f, err := field.NewImage(d, opt.Config, tiles.Width, tiles.Height, averages(opt.Config))
	if err != nil {
		return nil, err
	}
	inMemory = min(max(inMemory, 1), tiles.Count())
	t := &Image{Field: f, pool: &tilePool{tiles: tiles, seed: opt.Seed, slots: make([]poolSlot, inMemory), words: make([]uint32, inMemory*tiles.TileWords()), next: -1}}
	if inMemory < tiles.Count() {
		t.pool.fresh = (inMemory + refresh - 1) / refresh
	}
	if t.fit, err = newFit(d, f.Function, opt, func(*fit, *gpu.Recording) {}); err != nil {
		f.Release()
		return nil, err
	}
	t.drawOnHost(func(s *drawn, first, last int, rng *pcg32.Source) error {
		t.pool.draw(s, first, last, opt.Batch, rng)
		return nil
	})
	upload := t.before
	t.before = func(step int) error {
		if err := t.pool.prepare(step); err != nil {
			return err
		}
		return upload(step)
	}
	if err := t.start(f.Save); err != nil {
		t.Release()
		return nil, err
	}
	return t, nil
}

// prepare fills the pool for a step.
func (p *tilePool) prepare(step int) error {
	first, count := step*p.fresh, len(p.slots)
	if p.next == step && step > 0 {
		first, count = (step-1)*p.fresh+len(p.slots), p.fresh
	}
	for i := first; i < first+count; i++ {
		slot := i % len(p.slots)
		tile := permuted(p.seed, uint64(i/p.tiles.Count()), i%p.tiles.Count(), p.tiles.Count())
		if err := p.tiles.Read(tile, p.slot(slot)); err != nil {
			return err
		}
		x, y := p.tiles.Corner(tile)
		p.slots[slot] = poolSlot{x, y, min(imageio.TileEdge, p.tiles.Width-x), min(imageio.TileEdge, p.tiles.Height-y)}
	}
	p.next = step + 1
	return nil
}

func (p *tilePool) slot(i int) []uint32 {
	n := p.tiles.TileWords()
	return p.words[i*n : (i+1)*n]
}

// draw fills samples of a step: sample i begins in the i-th part of the pool; where its place lies outside the picture
// another one of the whole pool is drawn, so that every pixel of the pool has the same chance.
func (p *tilePool) draw(s *drawn, first, last, n int, rng *pcg32.Source) {
	inverseX, inverseY := 1/float32(p.tiles.Width), 1/float32(p.tiles.Height)
	for i := first; i < last; i++ {
		slot := min(int((float64(i)+float64(rng.Float32()))*float64(len(p.slots))/float64(n)), len(p.slots)-1)
		var x, y int
		for {
			place := rng.Uint32()
			x, y = int(place%imageio.TileEdge), int(place/imageio.TileEdge%imageio.TileEdge)
			if at := p.slots[slot]; x < at.width && y < at.height {
				break
			}
			slot = int(uint64(rng.Uint32()) * uint64(len(p.slots)) >> 32)
		}
		at := p.slots[slot]
		s.points[i] = (float32(at.x+x) + 0.5) * inverseX
		s.points[s.stride+i] = (float32(at.y+y) + 0.5) * inverseY
		c := pixelColor(p.slot(slot), y*imageio.TileEdge+x, p.tiles.Half)
		s.values[i], s.values[s.stride+i], s.values[2*s.stride+i] = c[0], c[1], c[2]
	}
}

// encodedHalf is the sRGB-encoded value of every half.
var encodedHalf = sync.OnceValue(func() []float32 {
	out := make([]float32, 1<<16)
	for i := range out {
		out[i] = float32(imageio.LinearToSRGB(float64(f16.To32(f16.Bits(i)))))
	}
	return out
})

// pixelColor is the target of a pixel, that of the kernel image_samples.
func pixelColor(words []uint32, i int, half bool) (c [3]float32) {
	if half {
		table := encodedHalf()
		rg, ba := words[2*i], words[2*i+1]
		return [3]float32{table[rg&0xffff], table[rg>>16], table[ba&0xffff]}
	}
	w := words[i]
	for k := range c {
		c[k] = float32(w>>(8*k)&255) / 255 * (float32(w>>24) / 255)
	}
	return c
}

// permuted is element i of a random permutation of 0 to n-1, without a table of it: rounds of steps that are one to one on the numbers
// of as many bits as n needs are walked until they come back below n.
func permuted(seed, epoch uint64, i, n int) int {
	size := max(bits.Len(uint(n-1)), 1)
	mask := uint64(1)<<size - 1
	rng := pcg32.Split(seed, epoch)
	var keys [4][2]uint64
	for k := range keys {
		keys[k] = [2]uint64{uint64(rng.Uint32())<<32 | uint64(rng.Uint32()), uint64(rng.Uint32())<<32 | uint64(rng.Uint32()) | 1}
	}
	x := uint64(i)
	for {
		for _, k := range keys {
			x = (x + k[0]) * k[1] & mask
			x ^= x >> ((size + 1) / 2)
		}
		if x < uint64(n) {
			return int(x)
		}
	}
}
