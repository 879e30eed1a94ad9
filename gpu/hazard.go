package gpu

// span is a range of a buffer touched since the last barrier.
type span struct {
	lo, hi int
	access Access
}

// Barriers tells before which commands a full memory barrier must stand, from the access that reflection reports:
// a command waits when it reads what an earlier command wrote since the last barrier, or writes what one read or wrote.
// The state before the first command is taken as "everything was written", so the first command that touches a buffer
// is ordered after earlier submissions; commands[0] therefore always has a barrier.
func Barriers(commands []Command) []bool {
	out := make([]bool, len(commands))
	open := map[Buffer][]span{}
	for i, c := range commands {
		need := i == 0
		c.uses(func(b Buffer, offset, size int, a Access) {
			for _, s := range open[b] {
				if offset < s.hi && s.lo < offset+size && (a|s.access)&Write != 0 {
					need = true
				}
			}
		})
		if need {
			clear(open)
			out[i] = true
		}
		c.uses(func(b Buffer, offset, size int, a Access) {
			open[b] = append(open[b], span{offset, offset + size, a})
		})
	}
	return out
}
