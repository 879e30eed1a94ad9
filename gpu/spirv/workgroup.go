package spirv

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// More instructions that a workgroup's size and memory depend on.
const (
	opConstantTrue   = 41
	opConstantFalse  = 42
	opSpecConstantOp = 52

	classWorkgroup = 4
)

// Workgroup is what one workgroup of a specialised module takes of a device.
type Workgroup struct {
	Size [3]uint32 // invocations along each axis
	// Memory is the bytes of its shared variables, in the layout that Vulkan bounds them by (std430, a bool as four
	// bytes), whatever the order: each starts where the strictest of them may start.
	Memory int64
}

// mostMemory bounds sizes, so that sums of untrusted ones do not overflow.
const mostMemory = 1 << 40

// Specialise evaluates the workgroup of a module whose specialization constants have the given values by id; others keep
// their defaults.
//
// Source: Vulkan specification 1.3, section "Limits" (maxComputeSharedMemorySize); SPIR-V specification 1.6, section 3,
// OpSpecConstantOp.
func Specialise(code []byte, set map[uint32]uint32) (Workgroup, error) {
	m, err := parse(code)
	if err != nil {
		return Workgroup{}, fmt.Errorf("spirv: %w", err)
	}
	s := special{m, set, map[uint32]uint32{}, 1 << 16}
	w, err := s.workgroup()
	if err != nil {
		return Workgroup{}, fmt.Errorf("spirv: %w", err)
	}
	return w, nil
}

// special evaluates constants of a module.
type special struct {
	*module
	set   map[uint32]uint32 // by specialization id
	known map[uint32]uint32 // by result id
	left  int               // types that may still be looked at: nested structures could make them countless
}

func (s *special) workgroup() (w Workgroup, err error) {
	if !s.haveLocal && s.module.workgroup == 0 {
		return w, errors.New("no workgroup size")
	}
	w.Size = s.local
	ids := s.localIDs[:]
	if s.module.workgroup != 0 {
		if ids, err = s.parts(s.module.workgroup); err != nil || len(ids) != 3 {
			return w, errors.New("the workgroup size is not a composite of three constants")
		}
	}
	for axis, id := range ids {
		if id == 0 {
			continue
		}
		if w.Size[axis], err = s.constant(id, 0); err != nil {
			return w, fmt.Errorf("the workgroup size along axis %d: %w", axis, err)
		}
	}
	var sizes []int64
	strictest := int64(1)
	for _, id := range s.variables {
		v := s.values[id]
		if v.words[2] != classWorkgroup {
			continue
		}
		pointer := s.values[v.words[0]]
		if pointer == nil || pointer.op != opTypePointer {
			return w, errors.New("a shared variable has no type")
		}
		size, align, err := s.extent(pointer.words[2], 0)
		if err != nil {
			return w, fmt.Errorf("shared variable %s: %w", v.name, err)
		}
		sizes = append(sizes, size)
		strictest = max(strictest, align)
	}
	for _, size := range sizes {
		if w.Memory += roundUp(size, strictest); w.Memory > mostMemory {
			return w, errors.New("shared variables without end")
		}
	}
	return w, nil
}

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }

// deepest bounds how far types and constants refer to others; a module that refers in a circle ends there.
const deepest = 64

// extent is the size and the alignment of a type in std430.
func (s *special) extent(id uint32, depth int) (size, align int64, err error) {
	v := s.values[id]
	if s.left--; v == nil || depth > deepest || s.left < 0 {
		return 0, 0, errors.New("unknown type")
	}
	switch v.op {
	case opTypeBool:
		return 4, 4, nil
	case opTypeInt, opTypeFloat:
		switch bits := v.words[1]; bits {
		case 8, 16, 32, 64:
			return int64(bits) / 8, int64(bits) / 8, nil
		default:
			return 0, 0, fmt.Errorf("scalar of %d bits", bits)
		}
	case opTypeVector:
		n, _, err := s.extent(v.words[1], depth+1)
		if err != nil || v.words[2] < 2 || v.words[2] > 4 {
			return 0, 0, errors.New("vector without two to four scalars")
		}
		if v.words[2] == 2 {
			return 2 * n, 2 * n, nil
		}
		return int64(v.words[2]) * n, 4 * n, nil
	case opTypeArray:
		n, align, err := s.extent(v.words[1], depth+1)
		if err != nil {
			return 0, 0, err
		}
		length, err := s.constant(v.words[2], 0)
		if err != nil {
			return 0, 0, fmt.Errorf("length: %w", err)
		}
		if stride := roundUp(n, align); stride > 0 && int64(length) <= mostMemory/stride {
			return int64(length) * stride, align, nil
		}
		return 0, 0, errors.New("array without end")
	case opTypeStruct:
		align = 1
		for _, member := range v.words[1:] {
			n, a, err := s.extent(member, depth+1)
			if err != nil {
				return 0, 0, err
			}
			if size, align = roundUp(size, a)+n, max(align, a); size > mostMemory {
				return 0, 0, errors.New("structure without end")
			}
		}
		return roundUp(size, align), align, nil
	}
	return 0, 0, errors.New("neither numbers nor arrays or structures of them")
}

// parts are the constituents of a composite constant.
func (s *special) parts(id uint32) ([]uint32, error) {
	v := s.values[id]
	if v == nil || v.op != opSpecConstantComposite && v.op != opConstantComposite {
		return nil, errors.New("not a composite of constants")
	}
	return v.words[2:], nil
}

// constant is the value of a 32-bit constant, of a bool as 0 or 1.
func (s *special) constant(id uint32, depth int) (uint32, error) {
	if n, ok := s.known[id]; ok {
		return n, nil
	}
	v := s.values[id]
	if v == nil || depth > deepest {
		return 0, errors.New("not a constant")
	}
	set := func(standard uint32) uint32 {
		if number, ok := v.deco[decSpecID]; ok {
			if n, ok := s.set[number]; ok {
				return n
			}
		}
		return standard
	}
	n := uint32(0)
	switch v.op {
	case opConstant:
		n = v.words[2]
	case opConstantTrue:
		n = 1
	case opConstantFalse:
	case opSpecConstant:
		n = set(v.words[2])
	case opSpecConstantTrue, opSpecConstantFalse:
		n = truth(set(truth(v.op == opSpecConstantTrue)) != 0)
	case opSpecConstantOp:
		var err error
		if n, err = s.operation(v.words[2], v.words[3:], depth); err != nil {
			return 0, err
		}
	default:
		return 0, errors.New("not a constant")
	}
	s.known[id] = n
	return n, nil
}

func truth(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// operation evaluates an OpSpecConstantOp on 32-bit integers and bools.
func (s *special) operation(op uint32, w []uint32, depth int) (uint32, error) {
	const compositeExtract, choose = 81, 169
	if op == compositeExtract && len(w) == 2 {
		parts, err := s.parts(w[0])
		if err != nil || uint64(w[1]) >= uint64(len(parts)) {
			return 0, errors.New("no such part of a composite constant")
		}
		return s.constant(parts[w[1]], depth+1)
	}
	var a [3]uint32
	if len(w) == 0 || len(w) > len(a) {
		return 0, fmt.Errorf("operation %d on %d constants", op, len(w))
	}
	for i, id := range w {
		var err error
		if a[i], err = s.constant(id, depth+1); err != nil {
			return 0, err
		}
	}
	f, ok := operations[op]
	switch {
	case op == choose && len(w) == 3:
		if a[0] != 0 {
			return a[1], nil
		}
		return a[2], nil
	case !ok || f.operands != len(w):
		return 0, fmt.Errorf("operation %d on %d constants is not known here", op, len(w))
	case slices.Contains([]uint32{134, 135, 137, 138, 139}, op) && (a[1] == 0 || int32(a[0]) == math.MinInt32 && int32(a[1]) == -1):
		return 0, errors.New("division without a result")
	}
	return f.of(a[0], a[1]), nil
}

type operation struct {
	operands int
	of       func(a, b uint32) uint32
}

// operations are those of two numbers or one, by opcode.
var operations = map[uint32]operation{
	113: {1, func(a, _ uint32) uint32 { return a }}, // UConvert between 32-bit types
	114: {1, func(a, _ uint32) uint32 { return a }}, // SConvert
	126: {1, func(a, _ uint32) uint32 { return -a }},
	128: {2, func(a, b uint32) uint32 { return a + b }},
	130: {2, func(a, b uint32) uint32 { return a - b }},
	132: {2, func(a, b uint32) uint32 { return a * b }},
	134: {2, func(a, b uint32) uint32 { return a / b }},
	135: {2, func(a, b uint32) uint32 { return uint32(int32(a) / int32(b)) }},
	137: {2, func(a, b uint32) uint32 { return a % b }},
	138: {2, func(a, b uint32) uint32 { return uint32(int32(a) % int32(b)) }}, // the sign of a
	139: {2, func(a, b uint32) uint32 { // the sign of b
		r := int32(a) % int32(b)
		if r != 0 && (r < 0) != (int32(b) < 0) {
			r += int32(b)
		}
		return uint32(r)
	}},
	164: {2, func(a, b uint32) uint32 { return truth(a == b) }},
	165: {2, func(a, b uint32) uint32 { return truth(a != b) }},
	166: {2, func(a, b uint32) uint32 { return a | b }},
	167: {2, func(a, b uint32) uint32 { return a & b }},
	168: {1, func(a, _ uint32) uint32 { return 1 - a }},
	170: {2, func(a, b uint32) uint32 { return truth(a == b) }},
	171: {2, func(a, b uint32) uint32 { return truth(a != b) }},
	172: {2, func(a, b uint32) uint32 { return truth(a > b) }},
	173: {2, func(a, b uint32) uint32 { return truth(int32(a) > int32(b)) }},
	174: {2, func(a, b uint32) uint32 { return truth(a >= b) }},
	175: {2, func(a, b uint32) uint32 { return truth(int32(a) >= int32(b)) }},
	176: {2, func(a, b uint32) uint32 { return truth(a < b) }},
	177: {2, func(a, b uint32) uint32 { return truth(int32(a) < int32(b)) }},
	178: {2, func(a, b uint32) uint32 { return truth(a <= b) }},
	179: {2, func(a, b uint32) uint32 { return truth(int32(a) <= int32(b)) }},
	194: {2, func(a, b uint32) uint32 { return a >> b }},
	195: {2, func(a, b uint32) uint32 { return uint32(int32(a) >> b) }},
	196: {2, func(a, b uint32) uint32 { return a << b }},
	197: {2, func(a, b uint32) uint32 { return a | b }},
	198: {2, func(a, b uint32) uint32 { return a ^ b }},
	199: {2, func(a, b uint32) uint32 { return a & b }},
	200: {1, func(a, _ uint32) uint32 { return ^a }},
}
