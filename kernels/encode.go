package kernels

import (
	"fmt"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/cmp"
	"github.com/radia-go/radia/kernels/enc"
)

const encodeWhy = "the same operations in the same order, but a device may fuse multiply-adds and divide to 2.5 ulp: every output passes " +
	"at most 80 roundings on terms whose magnitudes sum to less than 60"

// Encode computes a fixed encoding: for every sample i < counts[count_index] and output k,
//
//	features[output_plane + k][i] = y_k(inputs[input_plane … +DIMS][i])
//
// The order of bindings: inputs, counts, features.
var Encode = register(&gpu.Kernel{
	Name:     "encode",
	Layout:   encodeLayout,
	Variants: encodeVariants,
	Twin:     encodeTwin,
	Bounds:   map[string]cmp.Bound{"features": {Kind: cmp.AbsRel, Abs: 3e-4, Rel: 1e-5, Why: encodeWhy}},
})

// EncodeShape is what encode and encode_input are specialised for.
type EncodeShape struct {
	Encoding *enc.Encoding
	Values   enc.Values
	Dims     int
}

// Outputs is the number of output planes.
func (s EncodeShape) Outputs() int { return s.Encoding.Outputs(s.Values, s.Dims) }

// Spec is the specialization of k for the shape.
func (s EncodeShape) Spec(k *gpu.Kernel) []uint32 {
	if s.Dims < 1 || s.Encoding.Dims != 0 && s.Dims != s.Encoding.Dims {
		panic(fmt.Sprintf("kernels: %s of %d inputs", s.Encoding.OType, s.Dims))
	}
	return k.Layout.SpecValues(map[string]uint32{"KIND": s.Encoding.Kind, "DIMS": uint32(s.Dims), "P0": s.Values[0], "P1": s.Values[1]})
}

// RecordEncode appends an encode dispatch.
func RecordEncode(rec *gpu.Recording, shape EncodeShape, n Samples, push EncodePush, binds EncodeBinds) {
	n.record(rec, Encode, 1, push.Bytes(), shape.Spec(Encode), binds.List())
}

// encodeOf reads the shape of a call; nothing is encoded for a KIND that does not exist, as in the shader.
func encodeOf(c *gpu.Call) (shape EncodeShape, ok bool) {
	e := enc.ByKind(c.SpecOf("KIND"))
	return EncodeShape{e, enc.Values{c.SpecOf("P0"), c.SpecOf("P1")}, int(c.SpecOf("DIMS"))}, e != nil
}

// gather and scatter move sample i between planes and a vector.
func gather(dst, planes []float32, first, capacity uint32, i int) {
	for k := range dst {
		dst[k] = planes[(int(first)+k)*int(capacity)+i]
	}
}

func scatter(planes, src []float32, first, capacity uint32, i int) {
	for k, v := range src {
		planes[(int(first)+k)*int(capacity)+i] = v
	}
}

func encodeTwin(c *gpu.Call) {
	p := gpu.PushOf[EncodePush](c)
	s, ok := encodeOf(c)
	if !ok {
		return
	}
	inputs, features := gpu.View[float32](c.Bind[0]), gpu.View[float32](c.Bind[2])
	n := encodeCount(c, gpu.View[uint32](c.Bind[1]), p.CountIndex, p.Capacity)
	spread(c, n, encodeGrain, func(lo, hi int) {
		x, y := make([]float32, s.Dims), make([]float32, s.Outputs())
		for i := lo; i < hi; i++ {
			gather(x, inputs, p.InputPlane, p.Capacity, i)
			s.Encoding.Forward(s.Values, x, y)
			scatter(features, y, p.OutputPlane, p.Capacity, i)
		}
	})
}
