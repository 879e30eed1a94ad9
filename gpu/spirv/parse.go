// Package spirv reads the interface of a compute shader out of its SPIR-V: bindings with their access, push constants,
// specialization constants, workgroup size, and the structures that buffers hold. Input is untrusted: any malformed
// module gives an error.
//
// Source: SPIR-V Specification 1.6, sections 2.3 (physical layout) and 3 (binary form).
package spirv

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const magic = 0x07230203

// Instructions, decorations and enumerants that matter here (specification section 3).
const (
	opName                  = 5
	opMemberName            = 6
	opEntryPoint            = 15
	opExecutionMode         = 16
	opTypeBool              = 20
	opTypeInt               = 21
	opTypeFloat             = 22
	opTypeVector            = 23
	opTypeArray             = 28
	opTypeRuntimeArray      = 29
	opTypeStruct            = 30
	opTypePointer           = 32
	opConstant              = 43
	opConstantComposite     = 44
	opSpecConstantTrue      = 48
	opSpecConstantFalse     = 49
	opSpecConstant          = 50
	opSpecConstantComposite = 51
	opVariable              = 59
	opDecorate              = 71
	opMemberDecorate        = 72
	opExecutionModeID       = 331

	decSpecID        = 1
	decBlock         = 2
	decBufferBlock   = 3
	decArrayStride   = 6
	decBuiltIn       = 11
	decNonWritable   = 24
	decNonReadable   = 25
	decBinding       = 33
	decDescriptorSet = 34
	decOffset        = 35

	builtInWorkgroupSize = 25

	modelGLCompute = 5
	modeLocalSize  = 17
	modeLocalSizeI = 38

	classUniform       = 2
	classPushConstant  = 9
	classStorageBuffer = 12
)

// value is everything said about one result id.
type value struct {
	op      uint16
	words   []uint32 // operands after the opcode word, as in the module
	name    string
	members map[uint32]*member
	deco    map[uint32]uint32 // decoration -> first literal (0 when it has none)
}

// member is what OpMemberName and OpMemberDecorate say of one member.
type member struct {
	name string
	deco map[uint32]uint32
}

type module struct {
	values     map[uint32]*value
	variables  []uint32 // result ids in order
	constants  []uint32 // specialization constants in order
	entries    int
	entry      uint32
	local      [3]uint32
	haveLocal  bool
	localIDs   [3]uint32 // ids of LocalSizeId operands, 0 when absent
	workgroup  uint32    // id of the constant decorated BuiltIn WorkgroupSize, 0 when absent
	entryPoint string
}

func (m *module) at(id uint32) *value {
	v := m.values[id]
	if v == nil {
		v = &value{}
		m.values[id] = v
	}
	return v
}

// member is the record of member i, made when it is first named. A map, because the index is untrusted.
func (v *value) member(i uint32) *member {
	if v.members == nil {
		v.members = map[uint32]*member{}
	}
	if v.members[i] == nil {
		v.members[i] = &member{}
	}
	return v.members[i]
}

// parse splits the words into instructions and collects what reflection needs.
func parse(code []byte) (*module, error) {
	if len(code)%4 != 0 {
		return nil, fmt.Errorf("%d bytes is not a whole number of words", len(code))
	}
	if len(code) < 20 {
		return nil, errors.New("too short for a SPIR-V header")
	}
	words := make([]uint32, len(code)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	if words[0] != magic {
		return nil, fmt.Errorf("not SPIR-V: the first word is %#08x", words[0])
	}
	m := &module{values: map[uint32]*value{}}
	for at := 5; at < len(words); {
		count, op := int(words[at]>>16), uint16(words[at])
		if count == 0 || at+count > len(words) {
			return nil, fmt.Errorf("instruction at word %d claims %d words, %d are left", at, count, len(words)-at)
		}
		if err := m.instruction(op, words[at+1:at+count]); err != nil {
			return nil, fmt.Errorf("instruction %d at word %d: %w", op, at, err)
		}
		at += count
	}
	return m, nil
}

// least is the smallest operand count of the instructions that are read.
var least = map[uint16]int{
	opName: 2, opMemberName: 3, opEntryPoint: 3, opExecutionMode: 2, opExecutionModeID: 2,
	opTypeBool: 1, opTypeInt: 3, opTypeFloat: 2, opTypeVector: 3, opTypeArray: 3, opTypeRuntimeArray: 2, opTypeStruct: 1,
	opTypePointer: 3, opConstant: 3, opConstantComposite: 2, opSpecConstantTrue: 2, opSpecConstantFalse: 2,
	opSpecConstant: 3, opSpecConstantComposite: 2, opSpecConstantOp: 3, opConstantTrue: 2, opConstantFalse: 2,
	opVariable: 3, opDecorate: 2, opMemberDecorate: 3,
}

func (m *module) instruction(op uint16, w []uint32) error {
	need, known := least[op]
	if !known {
		return nil
	}
	if len(w) < need {
		return fmt.Errorf("%d operands, needs %d", len(w), need)
	}
	switch op {
	case opName:
		s, _, err := text(w[1:])
		m.at(w[0]).name = s
		return err
	case opMemberName:
		s, _, err := text(w[2:])
		if err != nil {
			return err
		}
		m.at(w[0]).member(w[1]).name = s
	case opEntryPoint:
		if w[0] != modelGLCompute {
			return fmt.Errorf("execution model %d is not a compute shader", w[0])
		}
		s, _, err := text(w[2:])
		m.entries++
		m.entry, m.entryPoint = w[1], s
		return err
	case opExecutionMode:
		if w[1] == modeLocalSize {
			if len(w) < 5 {
				return errors.New("LocalSize without three sizes")
			}
			m.local, m.haveLocal = [3]uint32(w[2:5]), true
		}
	case opExecutionModeID:
		if w[1] == modeLocalSizeI {
			if len(w) < 5 {
				return errors.New("LocalSizeId without three ids")
			}
			m.localIDs, m.haveLocal = [3]uint32(w[2:5]), true
		}
	case opDecorate:
		v := m.at(w[0])
		v.deco = decorate(v.deco, w[1:])
		if w[1] == decBuiltIn && len(w) > 2 && w[2] == builtInWorkgroupSize {
			m.workgroup = w[0]
		}
	case opMemberDecorate:
		mem := m.at(w[0]).member(w[1])
		mem.deco = decorate(mem.deco, w[2:])
	default: // an instruction with a result
		id := w[0]
		switch op {
		case opConstant, opConstantComposite, opSpecConstantTrue, opSpecConstantFalse, opSpecConstant,
			opSpecConstantComposite, opSpecConstantOp, opConstantTrue, opConstantFalse, opVariable:
			id = w[1]
		}
		v := m.at(id)
		if v.op != 0 {
			return fmt.Errorf("id %d is defined twice", id)
		}
		v.op, v.words = op, w
		switch op {
		case opVariable:
			m.variables = append(m.variables, id)
		case opSpecConstant, opSpecConstantTrue, opSpecConstantFalse:
			m.constants = append(m.constants, id)
		}
	}
	return nil
}

func decorate(d map[uint32]uint32, w []uint32) map[uint32]uint32 {
	if d == nil {
		d = map[uint32]uint32{}
	}
	literal := uint32(0)
	if len(w) > 1 {
		literal = w[1]
	}
	d[w[0]] = literal
	return d
}

// text reads a null-terminated literal string and returns how many words it took.
func text(w []uint32) (string, int, error) {
	var b []byte
	for i, word := range w {
		for shift := 0; shift < 32; shift += 8 {
			c := byte(word >> shift)
			if c == 0 {
				return string(b), i + 1, nil
			}
			b = append(b, c)
		}
	}
	return "", 0, errors.New("string without an end")
}
