package spirv

import (
	"errors"
	"fmt"
	"sort"

	"github.com/radia-go/radia/gpu"
)

// Interface is what a compute shader expects from outside.
type Interface struct {
	Layout *gpu.Layout
	// Elements[i] is the element type of binding i: "float", "uint", "int", a vector or 16-bit type, or the name of a
	// structure in Structs.
	Elements []string
	// SpecTypes[i] is the type of Layout.Spec[i]: "uint", "int", "float" or "bool".
	SpecTypes []string
	Structs   []Struct // structures that buffers hold, by name
}

// Struct is a structure held by a buffer.
type Struct struct {
	Name   string
	Size   int // bytes from one element to the next
	Fields []gpu.Field
}

// MaxPush is the size of push constants that every Vulkan device offers.
const MaxPush = 128

// Reflect reads a module that still has its names. A stripped module reflects too, with empty names.
func Reflect(code []byte) (*Interface, error) {
	m, err := parse(code)
	if err != nil {
		return nil, fmt.Errorf("spirv: %w", err)
	}
	if m.entries != 1 {
		return nil, fmt.Errorf("spirv: %d entry points, want one compute shader", m.entries)
	}
	if m.entryPoint != "main" {
		return nil, fmt.Errorf("spirv: the entry point is %q, want \"main\"", m.entryPoint)
	}
	r := &Interface{Layout: &gpu.Layout{LocalIDs: [3]int{-1, -1, -1}}}
	for _, step := range []func(*module) error{r.spec, r.local, r.variables} {
		if err := step(m); err != nil {
			return nil, fmt.Errorf("spirv: %w", err)
		}
	}
	return r, nil
}

// FourByte reports a buffer that holds anything but 4-byte scalars or structures of them: std430, the scalar layout and
// Go agree on those without any device feature.
func (r *Interface) FourByte() error {
	for i, e := range r.Elements {
		switch e {
		case "float", "uint", "int":
			continue
		}
		if r.structNamed(e) == nil {
			return fmt.Errorf("binding %d (%s) holds %s; the portable form holds 4-byte scalars and structures of them",
				i, r.Layout.Bindings[i].Name, e)
		}
	}
	return nil
}

func (r *Interface) structNamed(name string) *Struct {
	for i := range r.Structs {
		if r.Structs[i].Name == name {
			return &r.Structs[i]
		}
	}
	return nil
}

// spec collects the specialization constants.
func (r *Interface) spec(m *module) error {
	type constant struct {
		gpu.Spec
		kind string
	}
	var all []constant
	for _, id := range m.constants {
		v := m.values[id]
		number, ok := v.deco[decSpecID]
		if !ok || number >= gpu.FirstDeviceSpec {
			continue // not settable by the caller
		}
		c := constant{Spec: gpu.Spec{Name: v.name, ID: number}}
		switch v.op {
		case opSpecConstantTrue:
			c.Default, c.kind = 1, "bool"
		case opSpecConstantFalse:
			c.kind = "bool"
		default:
			kind, err := m.scalar(v.words[0])
			if err != nil {
				return fmt.Errorf("specialization constant %d (%s): %w", number, v.name, err)
			}
			c.Default, c.kind = v.words[2], kind
		}
		all = append(all, c)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	for i, c := range all {
		if i > 0 && all[i-1].ID == c.ID {
			return fmt.Errorf("two specialization constants have id %d (the workgroup size is gl_WorkGroupSize: do not declare it again)", c.ID)
		}
		r.Layout.Spec = append(r.Layout.Spec, c.Spec)
		r.SpecTypes = append(r.SpecTypes, c.kind)
	}
	return nil
}

// local finds the workgroup size: the WorkgroupSize built-in wins over LocalSizeId, which wins over LocalSize.
func (r *Interface) local(m *module) error {
	if !m.haveLocal && m.workgroup == 0 {
		return errors.New("no workgroup size")
	}
	r.Layout.Local = m.local
	ids := m.localIDs
	if m.workgroup != 0 {
		v := m.values[m.workgroup]
		if (v.op != opSpecConstantComposite && v.op != opConstantComposite) || len(v.words) != 5 {
			return errors.New("the workgroup size is not a composite of three constants")
		}
		ids = [3]uint32(v.words[2:5])
	}
	for axis, id := range ids {
		if id == 0 {
			continue
		}
		v := m.values[id]
		if v == nil || (v.op != opConstant && v.op != opSpecConstant) {
			return fmt.Errorf("the workgroup size along axis %d is not a constant", axis)
		}
		r.Layout.Local[axis] = v.words[2]
		if number, ok := v.deco[decSpecID]; ok && v.op == opSpecConstant {
			r.Layout.LocalIDs[axis] = int(number)
			for i := range r.Layout.Spec {
				if s := &r.Layout.Spec[i]; s.ID == number && s.Name == "" {
					s.Name = "local_size_" + string("xyz"[axis])
				}
			}
		}
	}
	for axis, n := range r.Layout.Local {
		if n == 0 {
			return fmt.Errorf("the workgroup size along axis %d is 0", axis)
		}
	}
	return nil
}

// variables collects storage buffers and the push-constant block.
func (r *Interface) variables(m *module) error {
	bound := map[uint32]*value{}
	for _, id := range m.variables {
		v := m.values[id]
		class := v.words[2]
		var block *value
		if p := m.values[v.words[0]]; p != nil && p.op == opTypePointer {
			block = m.values[p.words[2]]
		}
		switch class {
		case classPushConstant:
			if block == nil || block.op != opTypeStruct {
				return errors.New("push constants are not a block")
			}
			if r.Layout.PushSize > 0 {
				return errors.New("two push-constant blocks")
			}
			if err := r.push(m, block); err != nil {
				return fmt.Errorf("push constants: %w", err)
			}
		case classStorageBuffer, classUniform:
			if set := v.deco[decDescriptorSet]; set != 0 {
				return fmt.Errorf("a variable is in descriptor set %d; only set 0 is used", set)
			}
			number, ok := v.deco[decBinding]
			if !ok {
				return errors.New("a buffer has no binding number")
			}
			if block == nil || block.op != opTypeStruct {
				return fmt.Errorf("binding %d is not a block", number)
			}
			if _, old := block.deco[decBufferBlock]; class == classUniform && !old {
				return fmt.Errorf("binding %d is a uniform buffer; only storage buffers are used", number)
			}
			if first := bound[number]; first != nil {
				if err := m.alias(first, v); err != nil {
					return fmt.Errorf("binding %d is declared twice: %w", number, err)
				}
				continue
			}
			bound[number] = v
		case 0:
			return errors.New("a variable is an image, sampler or opaque type; only storage buffers are used")
		}
	}
	structs := map[string]*Struct{}
	for number := uint32(0); number < uint32(len(bound)); number++ {
		v := bound[number]
		if v == nil {
			return fmt.Errorf("binding %d is missing: %d buffers must be numbered 0 to %d", number, len(bound), len(bound)-1)
		}
		if err := r.binding(m, v, structs); err != nil {
			return fmt.Errorf("binding %d: %w", number, err)
		}
	}
	for _, s := range structs {
		r.Structs = append(r.Structs, *s)
	}
	sort.Slice(r.Structs, func(i, j int) bool { return r.Structs[i].Name < r.Structs[j].Name })
	return nil
}

// alias allows a buffer to be declared again with wider elements, for wide loads, when nothing can write to it.
func (m *module) alias(first, again *value) error {
	for _, v := range []*value{first, again} {
		block := m.values[m.values[v.words[0]].words[2]]
		mem := block.member(0)
		_, whole := v.deco[decNonWritable]
		_, part := mem.deco[decNonWritable]
		if len(block.words) != 2 || !whole && !part {
			return errors.New("only a read-only buffer may have two element types")
		}
	}
	return nil
}

// binding reflects one storage buffer: a block of exactly one member, whose name is the binding's.
func (r *Interface) binding(m *module, v *value, structs map[string]*Struct) error {
	block := m.values[m.values[v.words[0]].words[2]]
	if n := len(block.words) - 1; n != 1 {
		return fmt.Errorf("the block has %d members; a buffer is one array", n)
	}
	mem := block.member(0)
	b := gpu.Binding{Name: mem.name, Access: gpu.ReadWrite}
	for _, d := range []map[uint32]uint32{v.deco, mem.deco} {
		if _, ok := d[decNonWritable]; ok {
			b.Access &^= gpu.Write
		}
		if _, ok := d[decNonReadable]; ok {
			b.Access &^= gpu.Read
		}
	}
	t := m.values[block.words[1]]
	if t == nil {
		return errors.New("unknown type")
	}
	element, stride := block.words[1], 0
	if t.op == opTypeRuntimeArray || t.op == opTypeArray {
		element = t.words[1]
		stride = int(t.deco[decArrayStride])
		if stride == 0 {
			return fmt.Errorf("array %s has no stride", b.Name)
		}
	}
	if t.op == opTypeRuntimeArray {
		b.Stride = stride
	}
	name, err := r.element(m, element, stride, structs)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	r.Layout.Bindings = append(r.Layout.Bindings, b)
	r.Elements = append(r.Elements, name)
	return nil
}

// element names an array's element type and records it when it is a structure.
func (r *Interface) element(m *module, id uint32, stride int, structs map[string]*Struct) (string, error) {
	v := m.values[id]
	if v == nil {
		return "", errors.New("unknown element type")
	}
	switch v.op {
	case opTypeInt, opTypeFloat:
		return m.number(id)
	case opTypeVector:
		of, err := m.number(v.words[1])
		return fmt.Sprintf("%s×%d", of, v.words[2]), err
	case opTypeStruct:
		fields, size, err := m.fields(v)
		if err != nil {
			return "", fmt.Errorf("structure %s: %w", v.name, err)
		}
		if stride != 0 {
			size = stride
		}
		structs[v.name] = &Struct{Name: v.name, Size: size, Fields: fields}
		return v.name, nil
	}
	return "", errors.New("the elements are neither scalars, vectors nor structures")
}

func (r *Interface) push(m *module, block *value) error {
	fields, size, err := m.fields(block)
	if err != nil {
		return err
	}
	if size > MaxPush {
		return fmt.Errorf("%d bytes, at most %d", size, MaxPush)
	}
	r.Layout.Push, r.Layout.PushSize = fields, size
	return nil
}

// fields lists the members of a structure of 4-byte scalars and arrays of them, without gaps, and its size.
func (m *module) fields(v *value) ([]gpu.Field, int, error) {
	var out []gpu.Field
	size := 0
	for i, id := range v.words[1:] {
		mem := v.member(uint32(i))
		offset, ok := mem.deco[decOffset]
		if !ok {
			return nil, 0, fmt.Errorf("member %d (%s) has no offset", i, mem.name)
		}
		if int64(offset) != int64(size) {
			return nil, 0, fmt.Errorf("member %d (%s) is at byte %d, want %d: members must follow each other without gaps",
				i, mem.name, offset, size)
		}
		kind, bytes, err := m.memberType(id)
		if err != nil {
			return nil, 0, fmt.Errorf("member %d (%s): %w", i, mem.name, err)
		}
		out = append(out, gpu.Field{Name: mem.name, Offset: size, Type: kind})
		size += bytes
	}
	if size == 0 {
		return nil, 0, errors.New("no members")
	}
	return out, size, nil
}

// memberType is a scalar or a fixed array of scalars.
func (m *module) memberType(id uint32) (string, int, error) {
	v := m.values[id]
	if v == nil {
		return "", 0, errors.New("unknown type")
	}
	if v.op != opTypeArray {
		kind, err := m.scalar(id)
		return kind, 4, err
	}
	kind, err := m.scalar(v.words[1])
	if err != nil {
		return "", 0, err
	}
	length := m.values[v.words[2]]
	if length == nil || length.op != opConstant {
		return "", 0, errors.New("the array's length is not a constant")
	}
	n := length.words[2]
	if n == 0 || n > 1<<16 {
		return "", 0, fmt.Errorf("array of %d elements", n)
	}
	if v.deco[decArrayStride] != 4 {
		return "", 0, fmt.Errorf("the array's stride is %d, want 4", v.deco[decArrayStride])
	}
	return fmt.Sprintf("%s[%d]", kind, n), 4 * int(n), nil
}

// scalar names a 4-byte scalar type.
func (m *module) scalar(id uint32) (string, error) {
	s, err := m.number(id)
	if err != nil {
		return "", err
	}
	switch s {
	case "float", "uint", "int":
		return s, nil
	}
	return "", fmt.Errorf("%s is not a 4-byte scalar", s)
}

// number names any scalar type.
func (m *module) number(id uint32) (string, error) {
	v := m.values[id]
	if v == nil {
		return "", errors.New("unknown type")
	}
	switch v.op {
	case opTypeInt:
		name := "uint"
		if v.words[2] != 0 {
			name = "int"
		}
		if v.words[1] != 32 {
			name = fmt.Sprintf("%s%d", name, v.words[1])
		}
		return name, nil
	case opTypeFloat:
		if v.words[1] == 32 {
			return "float", nil
		}
		return fmt.Sprintf("float%d", v.words[1]), nil
	}
	return "", errors.New("not a scalar of 4 bytes")
}
