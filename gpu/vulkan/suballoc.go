package vulkan

import "sort"

// span is a free range of a block.
type span struct{ off, size int64 }

// spans are the free ranges of one block, sorted, never touching each other.
type spans []span

// take cuts size bytes at a multiple of align out of the first range that has them; it reports false when none has.
func (s *spans) take(size, align int64) (int64, bool) {
	for i, f := range *s {
		off := (f.off + align - 1) / align * align
		end := off + size
		if end > f.off+f.size {
			continue
		}
		before, after := span{f.off, off - f.off}, span{end, f.off + f.size - end}
		switch {
		case before.size > 0 && after.size > 0:
			*s = append(*s, span{})
			copy((*s)[i+2:], (*s)[i+1:])
			(*s)[i], (*s)[i+1] = before, after
		case before.size > 0:
			(*s)[i] = before
		case after.size > 0:
			(*s)[i] = after
		default:
			*s = append((*s)[:i], (*s)[i+1:]...)
		}
		return off, true
	}
	return 0, false
}

// give returns a range; it panics when part of it is free already.
func (s *spans) give(off, size int64) {
	i := sort.Search(len(*s), func(i int) bool { return (*s)[i].off >= off })
	if i > 0 && (*s)[i-1].off+(*s)[i-1].size > off || i < len(*s) && off+size > (*s)[i].off {
		panic("vulkan: memory freed twice")
	}
	*s = append(*s, span{})
	copy((*s)[i+1:], (*s)[i:])
	(*s)[i] = span{off, size}
	if i+1 < len(*s) && off+size == (*s)[i+1].off {
		(*s)[i].size += (*s)[i+1].size
		*s = append((*s)[:i+1], (*s)[i+2:]...)
	}
	if i > 0 && (*s)[i-1].off+(*s)[i-1].size == off {
		(*s)[i-1].size += (*s)[i].size
		*s = append((*s)[:i], (*s)[i+1:]...)
	}
}
