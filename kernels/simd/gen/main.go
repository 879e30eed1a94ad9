// Command gen writes the assembly of package simd. One part is one file:
//
//	go run ./gen -part gemm -out gemm_amd64.s -stubs gemm_amd64.go -pkg simd
package main

import (
	"flag"
	"fmt"
	"math"
	"os"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is one vector instruction set as the generators see it.
type isa struct {
	name  string
	bytes int // of a vector register
	lanes int // float32 values in it
}

var (
	avx2   = isa{"AVX2", 32, 8}
	avx512 = isa{"AVX512", 64, 16}
	isas   = []isa{avx2, avx512}
)

func (v isa) reg() reg.VecVirtual {
	if v.bytes == 64 {
		return build.ZMM()
	}
	return build.YMM()
}

func (v isa) regs(n int) []reg.VecVirtual {
	out := make([]reg.VecVirtual, n)
	for i := range out {
		out[i] = v.reg()
	}
	return out
}

// zero clears r. The 512-bit form of VXORPS needs AVX512DQ, that of VPXORD only AVX512F.
func (v isa) zero(r reg.VecVirtual) {
	if v.bytes == 64 {
		build.VPXORD(r, r, r)
	} else {
		build.VXORPS(r, r, r)
	}
}

// constant broadcasts a float32 constant from read-only data.
func (v isa) constant(f float32) reg.VecVirtual {
	r := v.reg()
	build.VBROADCASTSS(floatData(f), r)
	return r
}

// ints broadcasts a 32-bit integer constant from read-only data.
func (v isa) ints(u uint32) reg.VecVirtual {
	r := v.reg()
	build.VPBROADCASTD(wordData(u), r)
	return r
}

var (
	floats = map[float32]operand.Mem{}
	words  = map[uint32]operand.Mem{}
)

func floatData(f float32) operand.Mem {
	m, ok := floats[f]
	if !ok {
		m = build.GLOBL(fmt.Sprintf("%sf%d", *part, len(floats)), build.RODATA|build.NOPTR)
		build.DATA(0, operand.U32(math.Float32bits(f)))
		floats[f] = m
	}
	return m
}

func wordData(u uint32) operand.Mem {
	m, ok := words[u]
	if !ok {
		m = build.GLOBL(fmt.Sprintf("%sw%d", *part, len(words)), build.RODATA|build.NOPTR)
		build.DATA(0, operand.U32(u))
		words[u] = m
	}
	return m
}

// table puts 32-bit words into read-only data.
func table(name string, w []uint32) operand.Mem {
	m := build.GLOBL(*part+name, build.RODATA|build.NOPTR)
	for i, x := range w {
		build.DATA(4*i, operand.U32(x))
	}
	return m
}

var part = flag.String("part", "", "which file to write: gemm, grid, sh, transpose, scatter, peak, adam, radiance, occupancy, march")

func main() {
	flag.Parse()
	parts := map[string]func(isa){"gemm": gemms, "grid": grids, "sh": harmonics, "transpose": transposes, "scatter": scatters, "peak": peaks, "adam": adams,
		"radiance": radiances, "occupancy": occupancies, "march": marchers}
	f, ok := parts[*part]
	if !ok {
		fmt.Fprintf(os.Stderr, "gen: no part %q\n", *part)
		os.Exit(2)
	}
	for _, v := range isas {
		f(v)
	}
	build.Generate()
}

// args gives access to the 8-byte words of an argument structure by position.
type args struct{ base reg.Register }

func (a args) mem(i int) operand.Mem { return operand.Mem{Base: a.base, Disp: 8 * i} }

func (a args) load(i int) reg.GPVirtual {
	r := build.GP64()
	build.MOVQ(a.mem(i), r)
	return r
}
