//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/radia-go/radia/gpu"
)

// step is one command of a recording, or a chunk of a long transfer, ready to be written into a command list.
type step struct {
	command int // index in Recording.Commands
	off, n  int // bytes of an upload or download; n is 0 for other commands
	barrier bool
	pipe    *pipeline // of a dispatch
}

// chunk bounds the staging memory of one transfer.
const chunk = 32 << 20

// steps checks the recording against the device, compiles its kernels and cuts long transfers.
func (d *Device) steps(r *gpu.Recording) ([]step, error) {
	barriers := gpu.Barriers(r.Commands)
	out := make([]step, 0, len(r.Commands))
	pending := false // barrier of a command that turned out empty
	for i, c := range r.Commands {
		pending = pending || barriers[i]
		at := len(out)
		transfer := func(b gpu.Buffer, n int) {
			d.own(b)
			for off := 0; off < n; off += chunk {
				out = append(out, step{command: i, off: off, n: min(chunk, n-off)})
			}
		}
		switch c := c.(type) {
		case *gpu.Upload:
			transfer(c.Dst, len(c.Data))
		case *gpu.Download:
			transfer(c.Src, len(c.Data))
		case *gpu.Copy:
			d.own(c.Dst)
			d.own(c.Src)
			if c.Size > 0 {
				out = append(out, step{command: i})
			}
		case *gpu.Fill:
			d.own(c.Dst)
			if c.Size > 0 {
				out = append(out, step{command: i})
			}
		case *gpu.Dispatch:
			p, err := d.checkDispatch(c)
			if err != nil {
				return nil, err
			}
			out = append(out, step{command: i, pipe: p})
		default:
			panic(fmt.Sprintf("vulkan: unknown command %T", c))
		}
		if len(out) > at {
			out[at].barrier, pending = pending, false
		}
	}
	return out, nil
}

// checkDispatch holds a dispatch against the device's limits.
func (d *Device) checkDispatch(c *gpu.Dispatch) (*pipeline, error) {
	lim := &d.info.Limits
	if c.Indirect.Buffer != nil {
		d.own(c.Indirect.Buffer)
		if c.Indirect.Offset%4 != 0 {
			panic(fmt.Sprintf("vulkan: kernel %s: indirect groups at byte %d, not a multiple of 4", c.Kernel.Name, c.Indirect.Offset))
		}
	} else {
		for axis, n := range c.Groups {
			if n > lim.MaxGroups[axis] {
				return nil, fmt.Errorf("kernel %s: %w: groups %v, at most %v on %s", c.Kernel.Name, gpu.ErrTooLarge, c.Groups, lim.MaxGroups, d.info.Name)
			}
		}
	}
	for i, b := range c.Binds {
		d.own(b.Buffer)
		name := c.Kernel.Layout.Bindings[i].Name
		n := int64(b.Length())
		switch {
		case n == 0:
			panic(fmt.Sprintf("vulkan: kernel %s: binding %s of no bytes", c.Kernel.Name, name))
		case n > lim.MaxBinding:
			return nil, fmt.Errorf("kernel %s: %w: binding %s of %d bytes, at most %d on %s", c.Kernel.Name, gpu.ErrTooLarge, name, n, lim.MaxBinding, d.info.Name)
		case b.Offset%lim.OffsetAlign != 0:
			return nil, fmt.Errorf("kernel %s: %w: binding %s at byte %d, must be a multiple of %d on %s", c.Kernel.Name, gpu.ErrUnsupported, name, b.Offset, lim.OffsetAlign, d.info.Name)
		}
	}
	return d.pipeline(c.Kernel, c.Spec)
}

// list is a command list in the words that the C layer records from.
type list struct {
	words       []uint64
	sets        []uint64
	nsets       int
	descriptors int
	known       map[string]int // set index by content
	dispatches  int
}

func (l *list) barrier() { l.words = append(l.words, opBarrier) }

func (l *list) copy(src uint64, so int64, dst uint64, do int64, n int) {
	l.words = append(l.words, opCopy, src, uint64(so), dst, uint64(do), uint64(n))
}

func (l *list) fill(b uint64, off, n int, word uint32) {
	l.words = append(l.words, opFill, b, uint64(off), uint64(n), uint64(word))
}

// set returns the descriptor set of these bindings plus one, 0 when there are none. Equal sets are shared.
func (l *list) set(p *pipeline, binds []gpu.Bind) uint64 {
	if len(binds) == 0 {
		return 0
	}
	start := len(l.sets)
	l.sets = append(l.sets, p.set, uint64(len(binds)))
	for _, b := range binds {
		l.sets = append(l.sets, b.Buffer.(*Buffer).handle, uint64(b.Offset), uint64(b.Length()))
	}
	key := string(gpu.Bytes(l.sets[start:]))
	if i, ok := l.known[key]; ok {
		l.sets = l.sets[:start]
		return uint64(i) + 1
	}
	if l.known == nil {
		l.known = map[string]int{}
	}
	l.known[key] = l.nsets
	l.nsets++
	l.descriptors += len(binds)
	return uint64(l.nsets)
}

func (l *list) dispatch(c *gpu.Dispatch, p *pipeline) {
	op := uint64(opDispatch)
	if c.Indirect.Buffer != nil {
		op = opIndirect
	}
	l.words = append(l.words, op, p.handle, p.layout, l.set(p, c.Binds), uint64(len(c.Push)))
	for i := 0; i < len(c.Push); i += 8 {
		var w [8]byte
		copy(w[:], c.Push[i:])
		l.words = append(l.words, binary.NativeEndian.Uint64(w[:]))
	}
	if c.Indirect.Buffer != nil {
		l.words = append(l.words, c.Indirect.Buffer.(*Buffer).handle, uint64(c.Indirect.Offset))
	} else {
		g := c.Groups
		if p.groups > 0 && uint64(g[0])*uint64(g[1])*uint64(g[2]) > uint64(p.groups) {
			g = [3]uint32{p.groups, 1, 1}
		}
		l.words = append(l.words, uint64(g[0]), uint64(g[1]), uint64(g[2]))
	}
	l.dispatches++
}

// poolSize is the capacity of a descriptor pool; both are powers of two so that pools are exchangeable.
type poolSize struct{ sets, descriptors int }

func powerOfTwo(n, least int) int {
	p := least
	for p < n {
		p *= 2
	}
	return p
}

// commands is a recorded command buffer with the pool of its descriptor sets.
type commands struct {
	cb   unsafe.Pointer
	pool uint64
	size poolSize
}

// record turns a list into a command buffer.
func (d *Device) record(l *list, simultaneous bool) (commands, error) {
	var c commands
	var err error
	if n := len(d.idle); n > 0 {
		c.cb, d.idle = d.idle[n-1], d.idle[:n-1]
	} else if c.cb, err = d.h.newCommandBuffer(); err != nil {
		return c, err
	}
	if l.nsets > 0 {
		c.size = poolSize{powerOfTwo(l.nsets, 8), powerOfTwo(l.descriptors, 32)}
		if free := d.descPools[c.size]; len(free) > 0 {
			c.pool, d.descPools[c.size] = free[len(free)-1], free[:len(free)-1]
		} else if c.pool, err = d.h.newDescriptorPool(c.size.sets, c.size.descriptors); err != nil {
			d.idle = append(d.idle, c.cb)
			return c, err
		}
	}
	if err = d.h.record(c.cb, c.pool, l.sets, l.nsets, l.words, simultaneous); err != nil {
		d.recycle(c)
	}
	return c, err
}

// recycle returns a command buffer that no work in flight uses.
func (d *Device) recycle(c commands) {
	d.idle = append(d.idle, c.cb)
	if c.pool != 0 {
		d.descPools[c.size] = append(d.descPools[c.size], c.pool)
	}
}
