package kernels

import (
	"math"

	"github.com/radia-go/radia/gpu"
)

// gridInputCall is grid_encode_input on the CPU for float32 grids over three dimensions that interpolate: level after level
// over a block of samples, so that planes are read in order, with every addition in the twin's order, so that every bit is
// the twin's.
type gridInputCall struct {
	push      GridEncodePush
	shape     GridShape
	active    uint32
	positions []float32
	levels    []Level
	table     []uint32
	dfeatures []float32
	out       []float32
}

// gridInputBlock is a worker's memory.
type gridInputBlock struct{ x, y, z [encodeGrain]float32 }

var gridInputs = newForm((*gridInputCall).block)

func gridEncodeInputForm(c *gpu.Call) bool {
	p, s := gridPushOf(c), gridShapeOf(c)
	if s.Dims != 3 || s.Half || s.Interpolation == GridNearest {
		return false
	}
	gridInputs.do(c, gridInputCall{
		push: *p, shape: s, active: min(s.Levels, p.ActiveLevels), positions: gpu.View[float32](c.Bind[0]), levels: gpu.View[Level](c.Bind[1]),
		table: gpu.View[uint32](c.Bind[2]), dfeatures: gpu.View[float32](c.Bind[3]), out: gpu.View[float32](c.Bind[5]),
	}, encodeCount(c, gpu.View[uint32](c.Bind[4]), p.CountIndex, p.Capacity), encodeGrain)
	return true
}

func (s *gridInputCall) block(b *gridInputBlock, lo, hi int) {
	n := hi - lo
	clear(b.x[:n])
	clear(b.y[:n])
	clear(b.z[:n])
	for level := range s.active {
		s.level(b, &s.levels[level], level, lo, n)
	}
	stride := int(s.push.Capacity)
	for d, dx := range [3][]float32{b.x[:n], b.y[:n], b.z[:n]} {
		out := s.out[(int(s.push.InputPlane)+d)*stride+lo:][:n]
		for i, v := range dx {
			if s.push.Accumulate != 0 {
				v = out[i] + v
			}
			out[i] = v
		}
	}
}

// level adds what one level contributes to n samples from lo on.
func (s *gridInputCall) level(b *gridInputBlock, l *Level, level uint32, lo, n int) {
	stride, F := int(s.push.Capacity), int(s.shape.Features)
	x, y, z := s.positions[int(s.push.InputPlane)*stride+lo:][:n], s.positions[int(s.push.InputPlane+1)*stride+lo:][:n], s.positions[int(s.push.InputPlane+2)*stride+lo:][:n]
	features := s.dfeatures[(int(s.push.OutputPlane)+int(level)*F)*stride+lo:]
	table := s.table[int(l.Offset)*F:]
	var df [8]float32
	for i := range n {
		cell, t := gridCell(l, 3, &[4]float32{x[i], y[i], z[i]})
		w, slope := gridWeight(s.shape.Interpolation, &t), gridWeightSlope(s.shape.Interpolation, &t)
		var rows [8]uint32
		gridRows(l, &cell, &rows)
		var dots [8]float32
		if F == 4 {
			d0, d1, d2, d3 := features[i], features[stride+i], features[2*stride+i], features[3*stride+i]
			for k, row := range rows {
				v := (*[4]uint32)(table[int(row)*4:])
				dots[k] = float32(d0*math.Float32frombits(v[0])) + float32(d1*math.Float32frombits(v[1])) +
					float32(d2*math.Float32frombits(v[2])) + float32(d3*math.Float32frombits(v[3]))
			}
		} else {
			for f := range F {
				df[f] = features[f*stride+i]
			}
			for k, row := range rows {
				var dot float32
				for f, bits := range table[int(row)*F:][:F] {
					dot += float32(df[f] * math.Float32frombits(bits))
				}
				dots[k] = dot
			}
		}
		// The derivative by one axis is the difference of two faces, each weighted by the other two axes: of every edge along
		// the axis the ends, first minus, in the order of the corners.
		ax, ay, az := [2]float32{1 - w[0], w[0]}, [2]float32{1 - w[1], w[1]}, [2]float32{1 - w[2], w[2]}
		var gx, gy, gz [4]float32 // by the bits of the other two axes
		for e := range gx {
			lo, hi := e&1, e>>1
			gx[e], gy[e], gz[e] = ay[lo]*az[hi]*slope[0], ax[lo]*az[hi]*slope[1], ax[lo]*ay[hi]*slope[2]
		}
		var sx, sy, sz float32
		sx -= float32(dots[0] * gx[0])
		sx += float32(dots[1] * gx[0])
		sx -= float32(dots[2] * gx[1])
		sx += float32(dots[3] * gx[1])
		sx -= float32(dots[4] * gx[2])
		sx += float32(dots[5] * gx[2])
		sx -= float32(dots[6] * gx[3])
		sx += float32(dots[7] * gx[3])
		sy -= float32(dots[0] * gy[0])
		sy -= float32(dots[1] * gy[1])
		sy += float32(dots[2] * gy[0])
		sy += float32(dots[3] * gy[1])
		sy -= float32(dots[4] * gy[2])
		sy -= float32(dots[5] * gy[3])
		sy += float32(dots[6] * gy[2])
		sy += float32(dots[7] * gy[3])
		sz -= float32(dots[0] * gz[0])
		sz -= float32(dots[1] * gz[1])
		sz -= float32(dots[2] * gz[2])
		sz -= float32(dots[3] * gz[3])
		sz += float32(dots[4] * gz[0])
		sz += float32(dots[5] * gz[1])
		sz += float32(dots[6] * gz[2])
		sz += float32(dots[7] * gz[3])
		b.x[i] += float32(l.Scale * sx)
		b.y[i] += float32(l.Scale * sy)
		b.z[i] += float32(l.Scale * sz)
	}
}

// gridRows is gridIndex of the eight corners of a cell.
func gridRows(l *Level, cell *[4]uint32, rows *[8]uint32) {
	x0, x1 := cell[0], cell[0]+1
	if l.Hashed != 0 {
		mask := l.Size - 1
		y0, z0 := cell[1]*2654435761, cell[2]*805459861
		y1, z1 := y0+2654435761, z0+805459861
		*rows = [8]uint32{(x0 ^ y0 ^ z0) & mask, (x1 ^ y0 ^ z0) & mask, (x0 ^ y1 ^ z0) & mask, (x1 ^ y1 ^ z0) & mask,
			(x0 ^ y0 ^ z1) & mask, (x1 ^ y0 ^ z1) & mask, (x0 ^ y1 ^ z1) & mask, (x1 ^ y1 ^ z1) & mask}
		return
	}
	for k := range rows {
		rows[k] = gridIndex(l, 3, &[4]uint32{cell[0] + uint32(k)&1, cell[1] + uint32(k)>>1&1, cell[2] + uint32(k)>>2&1})
	}
}
