//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"errors"
	"fmt"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/radia-go/radia/gpu"
)

// Vulkan promises 4,096 allocations: with blocks of these sizes they are a quarter of a terabyte.
const (
	firstBlock = 4 << 20
	bigBlock   = 64 << 20 // blocks double up to this size; half of it and more gets memory of its own
)

// typesWith lists the memory types that have all of the flags, in the driver's order, which is by preference. Types
// with a property beyond these four (lazily allocated, protected, AMD's uncached ones) need features that are not on.
func (p *physical) typesWith(want, without vk.MemoryPropertyFlagBits) []int {
	const plain = vk.MemoryPropertyDeviceLocalBit | vk.MemoryPropertyHostVisibleBit | vk.MemoryPropertyHostCoherentBit | vk.MemoryPropertyHostCachedBit
	var out []int
	for i, t := range p.types {
		if t.flags&want == want && t.flags&(without|^plain) == 0 {
			out = append(out, i)
		}
	}
	return out
}

// storageTypes are the types for buffers, best first: the device's own memory, then anything.
func (p *physical) storageTypes() []int {
	out := p.typesWith(vk.MemoryPropertyDeviceLocalBit, vk.MemoryPropertyHostVisibleBit)
	out = append(out, p.typesWith(vk.MemoryPropertyDeviceLocalBit|vk.MemoryPropertyHostVisibleBit, 0)...)
	if out == nil {
		out = p.typesWith(0, 0)
	}
	return out
}

// stagingTypes are types that the host writes (for uploads) or reads (for downloads, where an uncached type is slow).
func (p *physical) stagingTypes(read bool) []int {
	const host = vk.MemoryPropertyHostVisibleBit | vk.MemoryPropertyHostCoherentBit
	cached := p.typesWith(host|vk.MemoryPropertyHostCachedBit, 0)
	plain := p.typesWith(host, vk.MemoryPropertyHostCachedBit)
	if read {
		return append(cached, plain...)
	}
	return append(plain, cached...)
}

// arena hands out pieces of large allocations of one kind of memory.
type arena struct {
	d       *Device
	types   []int // candidates, best first
	mapped  bool
	staging bool // each block is one buffer, whose pieces are addressed by offset
	blocks  []*block
	next    int64 // size of the next block
	used    int64 // bytes of all blocks
}

type block struct {
	arena  *arena
	memory uint64
	size   int64
	kind   int // memory type
	free   spans
	live   int // pieces in use
	ptr    unsafe.Pointer
	buffer uint64 // of a staging block
	own    bool   // serves one piece
}

// region is a piece of a block.
type region struct {
	block     *block
	off, size int64
}

func (r region) bytes() []byte { return unsafe.Slice((*byte)(unsafe.Add(r.block.ptr, r.off)), r.size) }

// take finds or makes room. dedicated is the buffer that would own the memory of a huge piece.
func (a *arena) take(n need, dedicated uint64) (region, error) {
	if !a.staging && n.size >= bigBlock/2 {
		b, err := a.grow(n, n.size, dedicated)
		if err != nil {
			return region{}, err
		}
		b.own, b.free, b.live = true, nil, 1
		return region{b, 0, n.size}, nil
	}
	for _, b := range a.blocks {
		if b.own || n.types>>b.kind&1 == 0 {
			continue
		}
		if off, ok := b.free.take(n.size, n.align); ok {
			b.live++
			return region{b, off, n.size}, nil
		}
	}
	size := max(a.next, firstBlock)
	for size < n.size {
		size *= 2
	}
	size = max(n.size, min(size, a.d.info.Limits.MaxAllocation))
	b, err := a.grow(n, size, 0)
	if errors.Is(err, gpu.ErrOutOfMemory) && size > n.size { // a smaller block may still fit
		b, err = a.grow(n, n.size, 0)
	}
	if err != nil {
		return region{}, err
	}
	a.next = min(2*size, bigBlock)
	off, _ := b.free.take(n.size, n.align)
	b.live++
	return region{b, off, n.size}, nil
}

// grow allocates a block of the first type that has room for it.
func (a *arena) grow(n need, size int64, dedicated uint64) (*block, error) {
	h := a.d.h
	var lastErr error
	for _, kind := range a.types {
		if n.types>>kind&1 == 0 {
			continue
		}
		if err := a.d.room(kind, size); err != nil {
			lastErr = err
			continue
		}
		b := &block{arena: a, size: size, kind: kind, free: spans{{0, size}}}
		var err error
		if a.staging {
			var got need
			if b.buffer, got, err = h.newBuffer(size, usageStaging, "staging"); err != nil {
				return nil, err
			}
			if got.types>>kind&1 == 0 {
				h.destroyBuffer(b.buffer)
				continue
			}
			size = max(size, got.size)
		}
		if b.memory, b.ptr, err = h.allocate(size, kind, dedicated, a.mapped); err == nil && a.staging {
			err = h.bind(b.buffer, b.memory, 0)
		}
		if err != nil {
			if b.memory != 0 {
				h.free(b.memory)
			}
			if b.buffer != 0 {
				h.destroyBuffer(b.buffer)
			}
			lastErr = err
			if errors.Is(err, gpu.ErrOutOfMemory) {
				continue
			}
			return nil, err
		}
		a.blocks = append(a.blocks, b)
		a.used += b.size
		a.d.allocated[a.d.p.types[kind].heap] += b.size
		return b, nil
	}
	if lastErr == nil {
		lastErr = fmt.Errorf("%w: no memory type fits", gpu.ErrUnsupported)
	}
	return nil, lastErr
}

// room checks a new allocation against the budget of its heap and Options.MaxMemory.
func (d *Device) room(kind int, size int64) error {
	heap := d.p.types[kind].heap
	total := int64(0)
	for _, n := range d.allocated {
		total += n
	}
	if d.opt.MaxMemory > 0 && total+size > d.opt.MaxMemory {
		return fmt.Errorf("%w: %d bytes needed, %d of the allowed %d are free", gpu.ErrOutOfMemory, size, max(0, d.opt.MaxMemory-total), d.opt.MaxMemory)
	}
	have := d.p.heaps[heap] - d.allocated[heap]
	if d.p.has&hasBudget != 0 {
		have = d.in.budget(d.p.handle, heap)
	}
	if size > have {
		return fmt.Errorf("%w: %d bytes needed, %d of %d are free on %s", gpu.ErrOutOfMemory, size, max(0, have), d.p.heaps[heap], d.info.Name)
	}
	return nil
}

// give returns a piece. One empty block is kept per arena, so that a loop does not allocate and free.
func (a *arena) give(r region) {
	b := r.block
	b.live--
	if b.own {
		a.drop(b)
		return
	}
	b.free.give(r.off, r.size)
	if b.live > 0 {
		return
	}
	for _, other := range a.blocks {
		if other != b && other.live == 0 {
			if other.size > b.size {
				b = other
			}
			a.drop(b)
			return
		}
	}
}

// trim frees the empty blocks.
func (a *arena) trim() {
	for i := len(a.blocks) - 1; i >= 0; i-- {
		if a.blocks[i].live == 0 {
			a.drop(a.blocks[i])
		}
	}
}

func (a *arena) drop(b *block) {
	if b.buffer != 0 {
		a.d.h.destroyBuffer(b.buffer)
	}
	a.d.h.free(b.memory)
	a.used -= b.size
	a.d.allocated[a.d.p.types[b.kind].heap] -= b.size
	for i := range a.blocks {
		if a.blocks[i] == b {
			a.blocks = append(a.blocks[:i], a.blocks[i+1:]...)
			return
		}
	}
}

// close frees every block, used or not.
func (a *arena) close() {
	for len(a.blocks) > 0 {
		a.drop(a.blocks[len(a.blocks)-1])
	}
}

// spare waits and gives back all memory that holds nothing: released buffers, kept recordings, empty blocks.
func (d *Device) spare() error {
	if err := d.finish(d.serial); err != nil {
		return err
	}
	d.evict(0, 0)
	d.storage.trim()
	d.up.trim()
	d.down.trim()
	return nil
}

// Buffer is memory of a Vulkan device: one VkBuffer in a piece of a larger allocation.
type Buffer struct {
	d      *Device
	name   string
	size   int
	handle uint64
	piece  region
	users  map[*entry]struct{} // recorded command lists that name it
	zero   bool                // waits for its first fill
	gone   bool
}

// NewBuffer implements gpu.Device.
func (d *Device) NewBuffer(name string, size int) (gpu.Buffer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open()
	if size <= 0 {
		panic(fmt.Sprintf("vulkan: buffer %s of %d bytes", name, size))
	}
	if most := d.info.Limits.MaxAllocation; int64(size) > most {
		return nil, fmt.Errorf("%w: buffer %s of %d bytes, at most %d on %s", gpu.ErrTooLarge, name, size, most, d.info.Name)
	}
	if d.failure != nil {
		return nil, d.failure
	}
	label := ""
	if d.opt.Validate {
		label = name
	}
	b := &Buffer{d: d, name: name, size: size, users: map[*entry]struct{}{}}
	var n need
	var err error
	// Whole words, so that the first fill and 4-byte views reach the end.
	if b.handle, n, err = d.h.newBuffer(int64(size+3)&^3, usageStorage, label); err != nil {
		return nil, fmt.Errorf("buffer %s: %w", name, err)
	}
	b.piece, err = d.storage.take(n, b.handle)
	if errors.Is(err, gpu.ErrOutOfMemory) { // released buffers and idle recordings may still hold some
		if d.spare() == nil {
			b.piece, err = d.storage.take(n, b.handle)
		}
	}
	if err == nil {
		if err = d.h.bind(b.handle, b.piece.block.memory, b.piece.off); err != nil {
			d.storage.give(b.piece)
		}
	}
	if err != nil {
		d.h.destroyBuffer(b.handle)
		return nil, fmt.Errorf("buffer %s of %d bytes: %w", name, size, err)
	}
	b.zero = true
	d.zero = append(d.zero, b)
	d.buffers[b] = struct{}{}
	return b, nil
}

// Name implements gpu.Buffer.
func (b *Buffer) Name() string { return b.name }

// Size implements gpu.Buffer.
func (b *Buffer) Size() int { return b.size }

// Handle is the VkBuffer, for code that shares it with a window.
func (b *Buffer) Handle() uint64 { return b.handle }

// Release implements gpu.Buffer. The memory is used again once the device has finished with it.
func (b *Buffer) Release() {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	if b.gone {
		panic("vulkan: buffer " + b.name + " released twice")
	}
	b.gone = true
	d := b.d
	if d.closed {
		return
	}
	for e := range b.users {
		d.discard(e)
	}
	if b.zero {
		for i, z := range d.zero {
			if z == b {
				d.zero = append(d.zero[:i], d.zero[i+1:]...)
				break
			}
		}
	}
	delete(d.buffers, b)
	d.later(func() {
		d.h.destroyBuffer(b.handle)
		d.storage.give(b.piece)
	})
}

// own checks that a buffer may be used by this device.
func (d *Device) own(b gpu.Buffer) *Buffer {
	v, ok := b.(*Buffer)
	if !ok || v.d != d {
		panic("vulkan: buffer " + b.Name() + " belongs to another device")
	}
	if v.gone {
		panic("vulkan: buffer " + v.name + " was released")
	}
	return v
}
