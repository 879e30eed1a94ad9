package spirv

import (
	"strings"
	"testing"
)

// TestSpecialise: workgroups of testdata/shared.comp by hand. Its bool, pairs and vectors take 4, 24 and 32 bytes, each
// rounded up to the 16 at which vectors may start: 16 + 32 + 32.
func TestSpecialise(t *testing.T) {
	const fixed = 16 + 32 + 32
	for _, c := range []struct {
		name string
		set  map[uint32]uint32
		x    uint32
		rows int64 // floats
		half int64 // pairs of halves
	}{
		{"defaults", nil, 64, 64 * 17, 32},
		{"a smaller workgroup", map[uint32]uint32{0: 32}, 32, 32 * 17, 32},
		{"rows padded to 16 and one", map[uint32]uint32{3: 20}, 64, 64 * 33, 40},
		{"chosen by a bool", map[uint32]uint32{0: 8, 4: 1}, 8, 16 * 17, 32},
		{"shifted", map[uint32]uint32{5: 3}, 64, 64 * 17, 128},
	} {
		got, err := Specialise(load(t, "shared"), c.set)
		want := Workgroup{[3]uint32{c.x, 2, 1}, roundUp(4*c.rows, 16) + roundUp(4*c.half, 16) + fixed}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, want)
		}
	}
}

func TestSpecialiseMalformed(t *testing.T) {
	size := []uint32{opExecutionMode, 1, modeLocalSize, 1, 1, 1}
	uints := []uint32{opTypeInt, 10, 32, 0}
	shared := func(kind uint32, more ...[]uint32) []byte {
		return assemble(append([][]uint32{entry(), size, uints, {opTypePointer, 20, classWorkgroup, kind}, {opVariable, 20, 21, classWorkgroup}}, more...)...)
	}
	for name, c := range map[string]struct {
		code []byte
		want string
	}{
		"no size":          {assemble(entry()), "no workgroup size"},
		"no type":          {shared(99), "unknown type"},
		"pointer":          {shared(20), "neither numbers"},
		"scalar":           {shared(11, []uint32{opTypeFloat, 11, 12}), "12 bits"},
		"vector":           {shared(11, []uint32{opTypeVector, 11, 10, 9}), "vector"},
		"length":           {shared(11, []uint32{opTypeArray, 11, 10, 50}), "length: not a constant"},
		"circle":           {shared(11, []uint32{opTypeStruct, 11, 11}), "unknown type"},
		"countless":        {shared(11, []uint32{opTypeStruct, 11, 11, 11}), "unknown type"},
		"circle of sums":   {shared(11, []uint32{opTypeArray, 11, 10, 50}, []uint32{opSpecConstantOp, 10, 50, 128, 50, 50}), "not a constant"},
		"division":         {shared(11, []uint32{opTypeArray, 11, 10, 50}, []uint32{opConstant, 10, 51, 0}, []uint32{opSpecConstantOp, 10, 50, 134, 51, 51}), "without a result"},
		"unknown":          {shared(11, []uint32{opTypeArray, 11, 10, 50}, []uint32{opSpecConstantOp, 10, 50, 999, 50}), "not"},
		"without operands": {shared(11, []uint32{opTypeArray, 11, 10, 50}, []uint32{opSpecConstantOp, 10, 50, 128}), "on 0 constants"},
		"no such part":     {shared(11, []uint32{opTypeArray, 11, 10, 50}, []uint32{opSpecConstantOp, 10, 50, 81, 10, 0}), "no such part"},
		"without end": {shared(12, []uint32{opTypeArray, 11, 10, 50}, []uint32{opTypeArray, 12, 11, 50}, []uint32{opConstant, 10, 50, 0xFFFFFFFF}),
			"without end"},
	} {
		if got, err := Specialise(c.code, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, error %v, want it to contain %q", name, got, err, c.want)
		}
	}
	// The planted fault of the table: the same frame around a type that is whole passes.
	if got, err := Specialise(shared(11, []uint32{opTypeArray, 11, 10, 50}, []uint32{opConstant, 10, 50, 3}), nil); err != nil || got.Memory != 12 {
		t.Errorf("three words: %+v, %v", got, err)
	}
}
