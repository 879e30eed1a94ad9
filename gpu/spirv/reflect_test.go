package spirv

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/radia-go/radia/gpu"
)

// The modules in testdata are made from the sources beside them with tools/glslc.sh named.
func load(t testing.TB, name string) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", name+".spv"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestReflect(t *testing.T) {
	got, err := Reflect(load(t, "full"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Interface{
		Layout: &gpu.Layout{
			Bindings: []gpu.Binding{
				{Name: "levels", Access: gpu.Read, Stride: 24},
				{Name: "result", Access: gpu.Write, Stride: 4},
				{Name: "both", Access: gpu.ReadWrite, Stride: 4},
				{Name: "fixed_size", Access: gpu.ReadWrite},
			},
			Push: []gpu.Field{
				{Name: "count", Offset: 0, Type: "uint"}, {Name: "weight", Offset: 4, Type: "float"},
				{Name: "offset", Offset: 8, Type: "int"}, {Name: "table", Offset: 12, Type: "uint[4]"},
			},
			PushSize: 28,
			Spec: []gpu.Spec{
				{Name: "local_size_x", ID: 0, Default: 64}, {Name: "local_size_z", ID: 2, Default: 1},
				{Name: "SCALE", ID: 3, Default: math.Float32bits(0.5)}, {Name: "SHIFT", ID: 4, Default: 0xFFFFFFFE},
				{Name: "LEVELS", ID: 5, Default: 16}, {Name: "SMOOTH", ID: 6, Default: 1},
			},
			Local:    [3]uint32{64, 2, 1},
			LocalIDs: [3]int{0, -1, 2},
		},
		Elements:  []string{"Level", "float", "uint", "uint"},
		SpecTypes: []string{"uint", "uint", "float", "int", "uint", "bool"},
		Structs: []Struct{{Name: "Level", Size: 24, Fields: []gpu.Field{
			{Name: "scale", Offset: 0, Type: "float"}, {Name: "resolution", Offset: 4, Type: "uint"},
			{Name: "shift", Offset: 8, Type: "int"}, {Name: "extra", Offset: 12, Type: "float[3]"},
		}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v %+v\nwant %+v %+v", got.Layout, got, want.Layout, want)
	}
	if err := got.FourByte(); err != nil {
		t.Error(err)
	}
}

// TestAlias: a read-only buffer may be declared again with wider elements, and constants that the device fills are not the
// caller's.
func TestAlias(t *testing.T) {
	got, err := Reflect(load(t, "alias"))
	if err != nil {
		t.Fatal(err)
	}
	want := []gpu.Binding{{Name: "words", Access: gpu.Read, Stride: 4}, {Name: "result", Access: gpu.Write, Stride: 4}}
	if !reflect.DeepEqual(got.Layout.Bindings, want) {
		t.Errorf("bindings %v, want %v", got.Layout.Bindings, want)
	}
	if spec := []gpu.Spec{{Name: "MINE", ID: 3, Default: 1}}; !reflect.DeepEqual(got.Layout.Spec, spec) {
		t.Errorf("constants %v, want %v", got.Layout.Spec, spec)
	}
}

func TestReflectErrors(t *testing.T) {
	for name, want := range map[string]string{
		"set1":      "descriptor set 1",
		"gap":       "binding 1 is missing",
		"pushvec":   "member 0 (v): not a scalar",
		"pushbig":   "132 bytes, at most 128",
		"pushgap":   "member 1 (a1) is at byte 8, want 4",
		"uniform":   "uniform buffer",
		"members":   "2 members",
		"image":     "image",
		"structvec": "structure Pair",
		"twospec":   "two specialization constants have id 0",
		"twice":     "binding 0 is declared twice",
	} {
		if _, err := Reflect(load(t, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want it to contain %q", name, err, want)
		}
	}
}

// TestFourByte: vectors and 16-bit elements reflect, but are not portable.
func TestFourByte(t *testing.T) {
	for name, element := range map[string]string{"vector": "float×4", "half": "float16"} {
		r, err := Reflect(load(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Elements[0] != element {
			t.Errorf("%s: element %s, want %s", name, r.Elements[0], element)
		}
		if err := r.FourByte(); err == nil || !strings.Contains(err.Error(), element) {
			t.Errorf("%s: FourByte says %v", name, err)
		}
	}
}

// assemble makes a module from instructions given as opcode and operands.
func assemble(instructions ...[]uint32) []byte {
	words := []uint32{magic, 0x00010300, 0, 100, 0}
	for _, in := range instructions {
		words = append(words, uint32(len(in))<<16|in[0])
		words = append(words, in[1:]...)
	}
	var out []byte
	for _, w := range words {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

var mainName = []uint32{0x6e69616d, 0} // "main"

func entry() []uint32 { return append([]uint32{opEntryPoint, modelGLCompute, 1}, mainName...) }

// TestLocalSizeID: the workgroup size of SPIR-V 1.2's LocalSizeId.
func TestLocalSizeID(t *testing.T) {
	got, err := Reflect(assemble(entry(),
		[]uint32{opExecutionModeID, 1, modeLocalSizeI, 11, 12, 13},
		[]uint32{opDecorate, 11, decSpecID, 0},
		[]uint32{opTypeInt, 10, 32, 0},
		[]uint32{opSpecConstant, 10, 11, 128}, []uint32{opConstant, 10, 12, 2}, []uint32{opConstant, 10, 13, 1}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Layout.Local != [3]uint32{128, 2, 1} || got.Layout.LocalIDs != [3]int{0, -1, -1} {
		t.Errorf("local %v ids %v", got.Layout.Local, got.Layout.LocalIDs)
	}
}

func TestMalformed(t *testing.T) {
	size := []uint32{opExecutionMode, 1, modeLocalSize, 1, 1, 1}
	for name, c := range map[string]struct {
		code []byte
		want string
	}{
		"empty":           {nil, "too short"},
		"odd":             {make([]byte, 21), "whole number of words"},
		"not SPIR-V":      {make([]byte, 20), "not SPIR-V"},
		"no entry":        {assemble(size), "0 entry points"},
		"two entries":     {assemble(entry(), entry(), size), "2 entry points"},
		"vertex":          {assemble([]uint32{opEntryPoint, 0, 1, 0}), "not a compute shader"},
		"name":            {assemble([]uint32{opEntryPoint, modelGLCompute, 1, 0x61}, size), `"a", want "main"`},
		"endless name":    {assemble([]uint32{opName, 1, 0x61616161}), "string without an end"},
		"no size":         {assemble(entry()), "no workgroup size"},
		"zero size":       {assemble(entry(), []uint32{opExecutionMode, 1, modeLocalSize, 1, 0, 1}), "axis 1 is 0"},
		"short size":      {assemble(entry(), []uint32{opExecutionMode, 1, modeLocalSize, 1}), "LocalSize without"},
		"long word count": {append(assemble(entry(), size), 5, 0, 9, 0), "claims 9 words"},
		"zero word count": {append(assemble(entry(), size), 5, 0, 0, 0), "claims 0 words"},
		"few operands":    {assemble([]uint32{opTypeInt, 1}), "1 operands, needs 3"},
		"defined twice":   {assemble([]uint32{opTypeBool, 2}, []uint32{opTypeBool, 2}), "defined twice"},
		"dangling pointer": {assemble(entry(), size, []uint32{opDecorate, 7, decBinding, 0},
			[]uint32{opVariable, 99, 7, classStorageBuffer}), "not a block"},
	} {
		if _, err := Reflect(c.code); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want it to contain %q", name, err, c.want)
		}
	}
}

// FuzzReflect: no input may panic, and what is accepted must be within the promised limits.
func FuzzReflect(f *testing.F) {
	files, err := filepath.Glob("testdata/*.spv")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		code, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(code)
		f.Add(code[:len(code)/2])
	}
	f.Add(assemble([]uint32{opMemberName, 1, 0xFFFFFFFF, 0}))
	f.Fuzz(func(t *testing.T, code []byte) {
		r, err := Reflect(code)
		if err != nil {
			return
		}
		if r.Layout.PushSize > MaxPush || len(r.Elements) != len(r.Layout.Bindings) || len(r.SpecTypes) != len(r.Layout.Spec) {
			t.Errorf("accepted %+v", r)
		}
		_ = r.FourByte()
		if w, err := Specialise(code, map[uint32]uint32{0: 1 << 20, 3: 1 << 31}); err == nil && (w.Memory < 0 || w.Memory > mostMemory) {
			t.Errorf("accepted %+v", w)
		}
	})
}
