package snapshot

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// RadiaVersion is the version of the keys under snapshot.radia.
const RadiaVersion = 1

// Radia is what resuming a training run bit for bit needs beyond the format: named arrays (float32 master weights, a
// float32 average, trained maps), positions of random generators, and any small state of the trainer. Fields of
// every mode store what is theirs in the same three maps.
type Radia struct {
	Sections map[string]Section
	RNG      map[string]RNG
	// State holds JSON values: nil, bool, int64, uint64, float64, string, []any, map[string]any. A float64 comes
	// back exactly; an int comes back as int64 and a float32 as float64.
	State map[string]any
}

// NewRadia returns an empty Radia.
func NewRadia() *Radia {
	return &Radia{Sections: map[string]Section{}, RNG: map[string]RNG{}, State: map[string]any{}}
}

// RNG is the position of a pcg32 generator.
type RNG struct{ State, Inc uint64 }

// Section is a named array of little-endian values.
type Section struct {
	Type  string // "f32", "f16", "u32", "u16", "u8", "u64"
	Shape []int  // slowest dimension first
	Data  []byte
}

var sectionSize = map[string]int{"f32": 4, "f16": 2, "u32": 4, "u16": 2, "u8": 1, "u64": 8}

// check compares the shape with the data, without overflow.
func (s Section) check(name string) error {
	size, ok := sectionSize[s.Type]
	if !ok {
		return fmt.Errorf("snapshot.radia section %.40q has the unknown type %.10q", name, s.Type)
	}
	n := uint64(size)
	for _, d := range s.Shape {
		if d < 0 || d != 0 && n > math.MaxInt64/uint64(d) {
			return fmt.Errorf("snapshot.radia section %.40q has the impossible shape %v", name, s.Shape)
		}
		n *= uint64(d)
	}
	if n != uint64(len(s.Data)) {
		return fmt.Errorf("snapshot.radia section %.40q has %d bytes; shape %v of %s needs %d", name, len(s.Data), s.Shape, s.Type, n)
	}
	return nil
}

func (r *Radia) check() error {
	names := make([]string, 0, len(r.Sections))
	for name := range r.Sections {
		names = append(names, name)
	}
	sort.Strings(names) // the same error every time
	for _, name := range names {
		if err := r.Sections[name].check(name); err != nil {
			return err
		}
	}
	return nil
}

// section returns a section of the type, as its bytes.
func (r *Radia) section(name, typ string) ([]byte, error) {
	s, ok := r.Sections[name]
	if !ok {
		return nil, fmt.Errorf("the snapshot has no section %q", name)
	}
	if s.Type != typ {
		return nil, fmt.Errorf("the section %q holds %s, not %s", name, s.Type, typ)
	}
	return s.Data, nil
}

// SetFloat32 stores values under name. The shape defaults to one dimension.
func (r *Radia) SetFloat32(name string, v []float32, shape ...int) {
	b := make([]byte, 4*len(v))
	for i, f := range v {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(f))
	}
	r.set(name, "f32", b, len(v), shape)
}

// SetUint32 stores values under name.
func (r *Radia) SetUint32(name string, v []uint32, shape ...int) {
	b := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(b[4*i:], x)
	}
	r.set(name, "u32", b, len(v), shape)
}

// SetHalf stores float16 bits under name.
func (r *Radia) SetHalf(name string, v []uint16, shape ...int) {
	b := make([]byte, 2*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint16(b[2*i:], x)
	}
	r.set(name, "f16", b, len(v), shape)
}

func (r *Radia) set(name, typ string, b []byte, n int, shape []int) {
	if len(shape) == 0 {
		shape = []int{n}
	}
	s := Section{Type: typ, Shape: append([]int(nil), shape...), Data: b}
	if err := s.check(name); err != nil {
		panic("snapshot: " + err.Error())
	}
	r.Sections[name] = s
}

// Float32 returns the values stored by SetFloat32, bit for bit.
func (r *Radia) Float32(name string) ([]float32, error) {
	b, err := r.section(name, "f32")
	if err != nil {
		return nil, err
	}
	return floatsOf(b), nil
}

// Uint32 returns the values stored by SetUint32.
func (r *Radia) Uint32(name string) ([]uint32, error) {
	b, err := r.section(name, "u32")
	if err != nil {
		return nil, err
	}
	return wordsOf(b), nil
}

// Half returns the float16 bits stored by SetHalf.
func (r *Radia) Half(name string) ([]uint16, error) {
	b, err := r.section(name, "f16")
	if err != nil {
		return nil, err
	}
	return halvesOf(b), nil
}

func halvesOf(b []byte) []uint16 {
	out := make([]uint16, len(b)/2)
	for i := range out {
		out[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return out
}

func wordsOf(b []byte) []uint32 {
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}

func floatsOf(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}
