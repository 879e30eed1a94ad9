package conformance

import (
	"bytes"
	"math"
	"testing"

	"github.com/radia-go/radia/gpu"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/kernels"
	"github.com/radia-go/radia/kernels/enc"
)

// TestFusedIsChain holds nerf_infer and the chain of the un-fused kernels grid_encode → encode → mlp_forward → mlp_forward
// to the same float64 truth with the same tolerance, on every device. The chain with the direction's axes in another
// order is the planted fault. Of the forms with fp16 operands the fused one rounds its results to halves, which is
// half a unit, 2^-11, of what the chain gives.
func TestFusedIsChain(t *testing.T) {
	s := newNerf(kernels.NeRF{Levels: 8, Features: 4, Width: 64, DensityHidden: 1, RGBHidden: 2}, 65, 400)
	full := s.raw(s.trace)()[0].Bytes
	half := s.raw(func(i int) *oracle.Trace {
		t := *s.halfTrace(i)
		for _, v := range []*oracle.Val{&t.R, &t.G, &t.B, &t.DensityV} {
			*v = v.Widen(0x1p-11 * math.Abs(v.V))
		}
		return &t
	})()[0].Bytes
	devices := append([]target{{name: "twin", Device: openHost(t, true)}, {name: "simd", Device: openHost(t, false)}}, gpus(t)...)
	for _, d := range devices {
		t.Run(d.name, func(t *testing.T) {
			good := s.chain(t, d, 3)
			truth := full
			if used := d.Stats()["mlp_forward"].Variant; used == "coop" || used == "packed" {
				truth = half
			}
			if err := truth(good); err != nil {
				t.Errorf("chain: %v", err)
			}
			if truth(s.chain(t, d, 2)) == nil {
				t.Error("a chain that takes the wrong planes for the direction is accepted")
			}
			for _, stem := range []string{"grid_encode", "encode", "mlp_forward"} {
				if d.Stats()[stem].Dispatches == 0 {
					t.Errorf("the device did not run %s", stem)
				}
			}
		})
	}
}

// chain evaluates the network kernel by kernel and returns four planes as nerf_infer does; the direction is read from
// plane `direction` of the samples on, which is 3.
func (s *nerfSetup) chain(t *testing.T, d gpu.Device, direction uint32) []byte {
	const counted = 1
	capacity := uint32(s.capacity)
	buffer := func(name string, data []byte) gpu.Bind {
		b, err := d.NewBuffer(name, len(data))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		r := gpu.NewRecording("fill " + name)
		r.Upload(b, 0, data)
		if err := d.Submit(r); err != nil {
			t.Fatal(err)
		}
		return gpu.All(b)
	}
	unwritten := func(planes int) []byte { return bytes.Repeat([]byte{0xFF}, 4*planes*s.capacity) }
	density, rgb := s.DensityMLP(), s.RGBMLP()
	split := 4 * density.Weights()
	counts := buffer("counts", gpu.Bytes([]uint32{12345, uint32(s.n)}))
	samples, levels, table := buffer("samples", gpu.Bytes(s.samples)), buffer("levels", gpu.Bytes(s.levels)), buffer("table", gpu.Bytes(s.table))
	densityWeights := buffer("density weights", gpu.Bytes(s.weights)[:split])
	rgbWeights := buffer("rgb weights", gpu.Bytes(s.weights)[split:])
	features, joined, colour := buffer("features", unwritten(32)), buffer("joined", unwritten(32)), buffer("colour", unwritten(16))

	r := gpu.NewRecording("chain")
	n := kernels.Samples{Count: uint32(s.n)}
	kernels.RecordGridEncode(r, kernels.GridShape{Dims: 3, Features: uint32(s.Features), Levels: uint32(s.Levels)}, n,
		kernels.GridEncodePush{Capacity: capacity, CountIndex: counted, ActiveLevels: uint32(s.Levels)},
		kernels.GridEncodeBinds{Positions: samples, Levels: levels, Table: table, Counts: counts, Features: features})
	batch := kernels.Batch{Capacity: s.capacity, Counts: counts, CountIndex: counted}
	density.Forward(r, batch, features, densityWeights, gpu.Part(joined.Buffer, 0, 16*4*s.capacity), gpu.Bind{})
	kernels.RecordEncode(r, kernels.EncodeShape{Encoding: enc.ByOType("SphericalHarmonics"), Values: enc.Values{4}, Dims: 3}, n,
		kernels.EncodePush{Capacity: capacity, CountIndex: counted, InputPlane: direction, OutputPlane: 16},
		kernels.EncodeBinds{Inputs: samples, Counts: counts, Features: joined})
	rgb.Forward(r, batch, joined, rgbWeights, colour, gpu.Bind{})
	out := unwritten(4)
	plane := 4 * s.capacity
	r.Download(colour.Buffer, 0, out[:3*plane])
	r.Download(joined.Buffer, 0, out[3*plane:])
	if err := d.Submit(r); err != nil {
		t.Fatal(err)
	}
	return out
}
