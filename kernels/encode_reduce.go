package kernels

import "github.com/radia-go/radia/gpu"

// EncodeReduce combines the parts of a composite encoding: for every sample i < counts[count_index] and output k,
//
//	planes[to_plane + k][i] = Σ_p or Π_p planes[from_plane + p·outputs + k][i]
//
// in the order of the parts. The planes of the result are none of those of the parts.
var EncodeReduce = register(&gpu.Kernel{
	Name:     "encode_reduce",
	Layout:   encodeReduceLayout,
	Variants: encodeReduceVariants,
	Twin:     encodeReduceTwin,
})

// Reduction says which planes are combined and how.
type Reduction struct {
	Product        bool // else the sum
	Parts, Outputs int
	From, To       int // first planes of the first part and of the result
}

// Push are the push constants of both kernels, which share them.
func (s Reduction) Push(capacity, countIndex uint32) []byte {
	p := EncodeReducePush{Capacity: capacity, CountIndex: countIndex, Parts: uint32(s.Parts), Outputs: uint32(s.Outputs),
		FromPlane: uint32(s.From), ToPlane: uint32(s.To)}
	if s.Product {
		p.Product = 1
	}
	return p.Bytes()
}

// RecordEncodeReduce appends an encode_reduce dispatch.
func RecordEncodeReduce(rec *gpu.Recording, s Reduction, n Samples, countIndex int, binds EncodeReduceBinds) {
	n.record(rec, EncodeReduce, 1, s.Push(n.Count, uint32(countIndex)), DefaultEncodeReduceSpec().Values(), binds.List())
}

func encodeReduceTwin(c *gpu.Call) {
	p := gpu.PushOf[EncodeReducePush](c)
	planes := gpu.View[float32](c.Bind[1])
	n := encodeCount(c, gpu.View[uint32](c.Bind[0]), p.CountIndex, p.Capacity)
	spread(c, n, encodeGrain, func(lo, hi int) {
		for k := range int(p.Outputs) {
			to := samplesOf(planes, int(p.ToPlane)+k, int(p.Capacity), lo, hi)
			copy(to, samplesOf(planes, int(p.FromPlane)+k, int(p.Capacity), lo, hi))
			for part := 1; part < int(p.Parts); part++ {
				from := samplesOf(planes, int(p.FromPlane)+part*int(p.Outputs)+k, int(p.Capacity), lo, hi)
				combine(to, from, p.Product != 0)
			}
		}
	})
}

// samplesOf is samples lo to hi of a plane.
func samplesOf(planes []float32, plane, capacity, lo, hi int) []float32 {
	return planes[plane*capacity+lo : plane*capacity+hi]
}

func combine(to, from []float32, product bool) {
	if product {
		for i, v := range from {
			to[i] *= v
		}
		return
	}
	for i, v := range from {
		to[i] += v
	}
}
