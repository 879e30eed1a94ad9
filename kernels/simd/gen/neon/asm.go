package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// A function is written with as many registers as its text names; they are given real ones when it is complete. The
// life of a register reaches from its first to its last place in the text, and to the end of every loop that it enters
// from before: that holds for loops and branches that nest, and nothing else is written here.

// gp is a general register, vec a register of four float32 or int32.
type (
	gp  int
	vec int
)

// inst is a line of a function. Every ? of text stands for a register, in the order of regs.
type inst struct {
	text   string
	regs   []any // gp or vec
	label  string
	target string // of a branch
	// Instructions that the assembler lacks are words: base with the number of regs[i] shifted by shifts[i]. text is then
	// the instruction as GNU tools write it.
	word   bool
	base   uint32
	shifts []int
}

// function is a function that is being written.
type function struct {
	name, signature string
	frame           int
	params          map[string]int
	constants       []inst // before everything else
	known           map[uint32]vec
	pool            gp // where constants lie, for functions with more of them than registers; 0 for others
	list            []inst
	gps, vecs       int
}

var (
	assembly, stubs bytes.Buffer
	fn              *function
)

// begin starts a function. Its parameters are pointers and words of eight bytes; a float32 comes last.
func begin(name, doc, signature string, params ...string) {
	fn = &function{name: name, signature: signature, params: map[string]int{}, known: map[uint32]vec{}}
	for _, p := range params {
		fn.params[p] = fn.frame
		fn.frame += 8
		if strings.HasSuffix(p, "*4") {
			fn.params[p[:len(p)-2]] = fn.frame - 8
			fn.frame -= 4
		}
	}
	fmt.Fprintf(&stubs, "\n// %s %s\n//\n//go:noescape\nfunc %s%s\n", name, doc, name, signature)
}

func newGP() gp { fn.gps++; return gp(fn.gps) }
func newVec() vec {
	fn.vecs++
	return vec(fn.vecs)
}

func newVecs(n int) []vec {
	out := make([]vec, n)
	for i := range out {
		out[i] = newVec()
	}
	return out
}

// emit writes a line in Go's syntax.
func emit(text string, regs ...any) { fn.list = append(fn.list, inst{text: text, regs: regs}) }

// word writes an instruction that the assembler lacks.
func word(base uint32, text string, shifts []int, regs ...any) {
	fn.list = append(fn.list, inst{text: text, regs: regs, word: true, base: base, shifts: shifts})
}

func label(name string) { fn.list = append(fn.list, inst{label: name}) }

// branch writes a branch; regs are those of its condition.
func branch(op, target string, regs ...any) {
	text := op + " "
	for range regs {
		text += "R?, "
	}
	fn.list = append(fn.list, inst{text: text + target, regs: regs, target: target})
}

// param loads a parameter.
func param(name string) gp {
	r := newGP()
	emit(fmt.Sprintf("MOVD %s+%d(FP), R?", name, fn.params[name]), r)
	return r
}

// floatParam loads a float32 into every lane.
func floatParam(name string) vec {
	one, r := newVec(), newVec()
	emit(fmt.Sprintf("FMOVS %s+%d(FP), F?", name, fn.params[name]), one)
	emit("VDUP V?.S[0], V?.S4", one, r)
	return r
}

// ints is a register with one value in every lane, set once before the function begins.
func ints(u uint32) vec {
	if fn.pool != 0 {
		return words(u, u, u, u)
	}
	if r, ok := fn.known[u]; ok {
		return r
	}
	r, t := newVec(), newGP()
	fn.known[u] = r
	if u == 0 {
		fn.constants = append(fn.constants, inst{text: "VEOR V?.B16, V?.B16, V?.B16", regs: []any{r, r, r}})
		return r
	}
	fn.constants = append(fn.constants, inst{text: fmt.Sprintf("MOVW $%d, R?", int32(u)), regs: []any{t}},
		inst{text: "VDUP R?, V?.S4", regs: []any{t, r}})
	return r
}

// poolName is the table of the constants of a file.
const poolName = "neonPool<>"

var pool [][4]uint32

// words loads four words from the pool.
func words(w ...uint32) vec {
	i := slices.Index(pool, [4]uint32(w))
	if i < 0 {
		i = len(pool)
		pool = append(pool, [4]uint32(w))
	}
	return load(fn.pool, 16*i)
}

// writePool is the pool as data.
func writePool() {
	for i, w := range pool {
		for j, x := range w {
			fmt.Fprintf(&assembly, "\nDATA %s+%d(SB)/4, $0x%08x", poolName, 16*i+4*j, x)
		}
	}
	if len(pool) > 0 {
		fmt.Fprintf(&assembly, "\nGLOBL %s(SB), RODATA|NOPTR, $%d\n", poolName, 16*len(pool))
	}
}

// constant is ints for a float32.
func constant(f float32) vec { return ints(math.Float32bits(f)) }

// end assigns registers and writes the function.
func end() {
	emit("RET")
	list := append(fn.constants, fn.list...)
	general := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26} // the others are the system's or Go's
	vectors := make([]int, 32)
	for i := range vectors {
		vectors[i] = i
	}
	isGP := func(r any) bool { _, ok := r.(gp); return ok }
	isVec := func(r any) bool { _, ok := r.(vec); return ok }
	place := assign(list, isGP, general)
	for r, n := range assign(list, isVec, vectors) {
		place[r] = n
	}
	fmt.Fprintf(&assembly, "\n// func %s%s\nTEXT ·%s(SB), NOSPLIT, $0-%d\n", fn.name, fn.signature, fn.name, fn.frame)
	for _, in := range list {
		if in.label != "" {
			fmt.Fprintf(&assembly, "\n%s:\n", in.label)
			continue
		}
		text, number := in.text, in.base
		for i, r := range in.regs {
			text = strings.Replace(text, "?", fmt.Sprint(place[r]), 1)
			if in.word {
				number |= uint32(place[r]) << in.shifts[i]
			}
		}
		if in.word {
			fmt.Fprintf(&assembly, "\tWORD $0x%08x // %s\n", number, text)
		} else {
			fmt.Fprintf(&assembly, "\t%s\n", text)
		}
	}
}

// assign gives every register of a kind one of those there are.
func assign(list []inst, kind func(any) bool, free []int) map[any]int {
	type life struct {
		reg         any
		first, last int
	}
	var lives []*life
	known := map[any]*life{}
	labels := map[string]int{}
	for i, in := range list {
		if in.label != "" {
			labels[in.label] = i
		}
		for _, r := range in.regs {
			if !kind(r) {
				continue
			}
			l := known[r]
			if l == nil {
				l = &life{reg: r, first: i}
				known[r] = l
				lives = append(lives, l)
			}
			l.last = i
		}
	}
	for again := true; again; {
		again = false
		for i, in := range list {
			start, ok := labels[in.target]
			if in.target != "" && !ok {
				panic(fmt.Sprintf("%s: no label %s", fn.name, in.target))
			}
			if in.target == "" || start > i {
				continue
			}
			for _, l := range lives {
				if l.first < start && l.last >= start && l.last < i {
					l.last, again = i, true
				}
			}
		}
	}
	place := map[any]int{}
	var live []*life
	for _, l := range lives {
		kept := live[:0]
		for _, o := range live {
			if o.last < l.first {
				free = append(free, place[o.reg])
			} else {
				kept = append(kept, o)
			}
		}
		live = append(kept, l)
		if len(free) == 0 {
			panic(fmt.Sprintf("%s: no register is left at %q", fn.name, list[l.first].text))
		}
		sort.Ints(free)
		place[l.reg], free = free[0], free[1:]
	}
	return place
}
