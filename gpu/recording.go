package gpu

import (
	"fmt"
	"strings"
	"unsafe"
)

// Recording is a list of commands. It holds no device state, prints itself, and can be submitted again and again;
// after the first submission it must not be changed.
type Recording struct {
	Name     string
	Commands []Command
	sealed   bool
}

// NewRecording starts an empty recording; the name appears in profiles and errors.
func NewRecording(name string) *Recording { return &Recording{Name: name} }

// Command is one of *Upload, *Download, *Copy, *Fill, *Dispatch.
type Command interface {
	fmt.Stringer
	uses(func(b Buffer, offset, size int, a Access))
}

// Bind is a range of a buffer bound to a kernel. Size 0 means up to the buffer's end.
type Bind struct {
	Buffer       Buffer
	Offset, Size int
}

// All binds a whole buffer.
func All(b Buffer) Bind { return Bind{Buffer: b} }

// Part binds size bytes from offset.
func Part(b Buffer, offset, size int) Bind { return Bind{Buffer: b, Offset: offset, Size: size} }

// Length is the number of bytes bound.
func (b Bind) Length() int {
	if b.Size == 0 {
		return b.Buffer.Size() - b.Offset
	}
	return b.Size
}

// Upload copies host memory to a buffer. Data is read when the recording is submitted, each time.
type Upload struct {
	Dst    Buffer
	Offset int
	Data   []byte
}

// Download copies a buffer to host memory, which is filled when Submit returns.
type Download struct {
	Src    Buffer
	Offset int
	Data   []byte
}

// Copy copies between two buffers; the ranges must not overlap.
type Copy struct {
	Dst, Src             Buffer
	DstOffset, SrcOffset int
	Size                 int
}

// Fill writes a 32-bit word over a range.
type Fill struct {
	Dst          Buffer
	Offset, Size int
	Word         uint32
}

// Dispatch runs a kernel.
type Dispatch struct {
	Kernel *Kernel
	Groups [3]uint32 // ignored when Indirect is set
	// Indirect, when its Buffer is set, is where the device reads the three group counts (12 bytes).
	Indirect Bind
	Push     []byte
	Spec     []uint32 // in Layout.Spec order
	Binds    []Bind
}

// Upload appends an Upload.
func (r *Recording) Upload(dst Buffer, offset int, data []byte) {
	checkRange("upload", dst, offset, len(data))
	r.add(&Upload{dst, offset, data})
}

// Download appends a Download.
func (r *Recording) Download(src Buffer, offset int, data []byte) {
	checkRange("download", src, offset, len(data))
	r.add(&Download{src, offset, data})
}

// Copy appends a Copy.
func (r *Recording) Copy(dst Buffer, dstOffset int, src Buffer, srcOffset, size int) {
	checkRange("copy", dst, dstOffset, size)
	checkRange("copy", src, srcOffset, size)
	r.add(&Copy{dst, src, dstOffset, srcOffset, size})
}

// Fill appends a Fill; offset and size are multiples of 4, size 0 means up to the end.
func (r *Recording) Fill(dst Buffer, offset, size int, word uint32) {
	if size == 0 {
		size = dst.Size() - offset
	}
	checkRange("fill", dst, offset, size)
	if offset%4 != 0 || size%4 != 0 {
		panic(fmt.Sprintf("gpu: fill of %s: offset %d and size %d must be multiples of 4", dst.Name(), offset, size))
	}
	r.add(&Fill{dst, offset, size, word})
}

// Dispatch appends a dispatch. The push constants are copied. Shape errors panic: they are programmer's errors.
func (r *Recording) Dispatch(k *Kernel, groups [3]uint32, push []byte, spec []uint32, binds ...Bind) {
	d := &Dispatch{Kernel: k, Groups: groups, Push: append([]byte(nil), push...), Spec: spec, Binds: binds}
	d.check()
	r.add(d)
}

// DispatchIndirect appends a dispatch whose group counts the device reads from three uints at the given place.
func (r *Recording) DispatchIndirect(k *Kernel, groups Bind, push []byte, spec []uint32, binds ...Bind) {
	d := &Dispatch{Kernel: k, Indirect: groups, Push: append([]byte(nil), push...), Spec: spec, Binds: binds}
	checkRange("indirect groups", groups.Buffer, groups.Offset, 12)
	d.check()
	r.add(d)
}

// Seal marks the recording as submitted; devices call it.
func (r *Recording) Seal() { r.sealed = true }

// Downloads reports whether the recording fills host memory.
func (r *Recording) Downloads() bool {
	for _, c := range r.Commands {
		if _, ok := c.(*Download); ok {
			return true
		}
	}
	return false
}

// String lists the commands, one a line.
func (r *Recording) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "recording %s\n", r.Name)
	for i, c := range r.Commands {
		fmt.Fprintf(&b, "%4d  %v\n", i, c)
	}
	return b.String()
}

func (r *Recording) add(c Command) {
	if r.sealed {
		panic("gpu: recording " + r.Name + " was submitted and can no longer be changed")
	}
	r.Commands = append(r.Commands, c)
}

func (d *Dispatch) check() {
	l := d.Kernel.Layout
	if len(d.Binds) != len(l.Bindings) {
		panic(fmt.Sprintf("gpu: kernel %s binds %d buffers, got %d", d.Kernel.Name, len(l.Bindings), len(d.Binds)))
	}
	if len(d.Push) != l.PushSize {
		panic(fmt.Sprintf("gpu: kernel %s has %d bytes of push constants, got %d", d.Kernel.Name, l.PushSize, len(d.Push)))
	}
	if len(d.Spec) != len(l.Spec) {
		panic(fmt.Sprintf("gpu: kernel %s has %d specialization constants, got %d", d.Kernel.Name, len(l.Spec), len(d.Spec)))
	}
	for i, b := range d.Binds {
		if b.Buffer == nil {
			panic(fmt.Sprintf("gpu: kernel %s: binding %d (%s) is nil", d.Kernel.Name, i, l.Bindings[i].Name))
		}
		checkRange("kernel "+d.Kernel.Name+" binding "+l.Bindings[i].Name, b.Buffer, b.Offset, b.Length())
	}
}

func checkRange(what string, b Buffer, offset, size int) {
	if offset < 0 || size < 0 || offset+size > b.Size() {
		panic(fmt.Sprintf("gpu: %s: bytes [%d,%d) of buffer %s, which has %d", what, offset, offset+size, b.Name(), b.Size()))
	}
}

func (c *Upload) String() string {
	return fmt.Sprintf("upload   %s+%d <- %d bytes", c.Dst.Name(), c.Offset, len(c.Data))
}

func (c *Download) String() string {
	return fmt.Sprintf("download %s+%d -> %d bytes", c.Src.Name(), c.Offset, len(c.Data))
}

func (c *Copy) String() string {
	return fmt.Sprintf("copy     %s+%d <- %s+%d, %d bytes", c.Dst.Name(), c.DstOffset, c.Src.Name(), c.SrcOffset, c.Size)
}

func (c *Fill) String() string {
	return fmt.Sprintf("fill     %s+%d, %d bytes, %#x", c.Dst.Name(), c.Offset, c.Size, c.Word)
}

// String prints the kernel, its groups, push constants by name and bindings by name and access.
func (c *Dispatch) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dispatch %s ", c.Kernel.Name)
	if c.Indirect.Buffer != nil {
		fmt.Fprintf(&b, "<%s+%d>", c.Indirect.Buffer.Name(), c.Indirect.Offset)
	} else {
		fmt.Fprintf(&b, "%v", c.Groups)
	}
	for i, s := range c.Kernel.Layout.Spec {
		fmt.Fprintf(&b, " %s=%d", s.Name, c.Spec[i])
	}
	for _, f := range c.Kernel.Layout.Push {
		word := *(*uint32)(unsafe.Pointer(&c.Push[f.Offset]))
		switch f.Type {
		case "float":
			fmt.Fprintf(&b, " %s=%g", f.Name, *(*float32)(unsafe.Pointer(&word)))
		case "int":
			fmt.Fprintf(&b, " %s=%d", f.Name, int32(word))
		case "uint":
			fmt.Fprintf(&b, " %s=%d", f.Name, word)
		}
	}
	for i, bind := range c.Binds {
		l := c.Kernel.Layout.Bindings[i]
		fmt.Fprintf(&b, " %s:%v=%s+%d", l.Name, l.Access, bind.Buffer.Name(), bind.Offset)
	}
	return b.String()
}

func (c *Upload) uses(f func(Buffer, int, int, Access)) { f(c.Dst, c.Offset, len(c.Data), Write) }

func (c *Download) uses(f func(Buffer, int, int, Access)) { f(c.Src, c.Offset, len(c.Data), Read) }

func (c *Copy) uses(f func(Buffer, int, int, Access)) {
	f(c.Src, c.SrcOffset, c.Size, Read)
	f(c.Dst, c.DstOffset, c.Size, Write)
}

func (c *Fill) uses(f func(Buffer, int, int, Access)) { f(c.Dst, c.Offset, c.Size, Write) }

func (c *Dispatch) uses(f func(Buffer, int, int, Access)) {
	for i, b := range c.Binds {
		f(b.Buffer, b.Offset, b.Length(), c.Kernel.Layout.Bindings[i].Access)
	}
	if c.Indirect.Buffer != nil {
		f(c.Indirect.Buffer, c.Indirect.Offset, 12, Read)
	}
}
