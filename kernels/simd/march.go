package simd

import (
	"math/bits"
	"unsafe"
)

// PacketRays is the number of rays of a packet.
const PacketRays = 16

// Packet marches rays side by side, each exactly as it would march alone. The caller fills the places of the rays and takes
// those that are finished out again.
type Packet struct {
	Origin, Direction [3][PacketRays]float32
	N0                [PacketRays]float32 // lattice number of the start
	Tmax              [PacketRays]float32
	K                 [PacketRays]uint32 // lattice points passed, from the start on
	Limit             [PacketRays]uint32 // samples wanted, at least one
	Count             [PacketRays]uint32 // samples found; below Limit where the ray ended first
	At                [PacketRays]uint32 // where the next sample is written

	active, least, budget int
	occupancy, out        unsafe.Pointer
	stride, step          int
	lo, inv               [3]real
	maxMip, minMip        wide
	byStep                int
	cone, lambda          real
	a, b, ta, tb          real
	part                  int // bytes from the beginning of a row to the rays that are marched
	own                   [11][8]float32

	run func(*byte)
}

// PacketLaw is how a packet marches.
type PacketLaw struct {
	Cone, Lambda, A, B, Ta, Tb float32 // the step law
	MaxMip, MinMip             uint32
	ByStep                     bool
	Occupancy                  []uint32 // eight cascades of 65,536 words
	// Samples has planes of Stride values: x, y, z relative to the box, three that stay, the step; nil only counts. The
	// samples of a ray are Step places apart.
	Samples      []float32
	Stride, Step int
	Lo, Inv      [3]float32
}

// Marches reports whether this processor marches packets.
func Marches() bool { return active != nil && active.march[0] != nil }

// packetBudget is how many points a ray is allowed to look for its next sample, as in the twin.
const packetBudget = 65536

// Set prepares the packet. It reports false where it does not cover the law.
func (p *Packet) Set(l *PacketLaw) bool {
	if !Marches() || len(l.Occupancy) < 8*65536 || l.MaxMip > 7 || l.MinMip > 7 || l.Samples != nil && 7*l.Stride > len(l.Samples) {
		return false
	}
	p.occupancy, p.out = unsafe.Pointer(&l.Occupancy[0]), nil
	if l.Samples != nil {
		p.out = unsafe.Pointer(&l.Samples[0])
	}
	p.stride, p.step = 4*l.Stride, l.Step
	for d := range 3 {
		p.lo[d].v, p.inv[d].v = l.Lo[d], l.Inv[d]
	}
	p.maxMip.v, p.minMip.v, p.byStep = l.MaxMip, l.MinMip, 0
	if l.ByStep {
		p.byStep = 1
	}
	p.cone.v, p.lambda.v, p.a.v, p.b.v, p.ta.v, p.tb.v = l.Cone, l.Lambda, l.A, l.B, l.Ta, l.Tb
	p.run = active.march[0]
	if l.Lambda != 0 {
		p.run = active.march[1]
	}
	return true
}

// Clear forgets the memory that the packet refers to.
func (p *Packet) Clear() { p.occupancy, p.out = nil, nil }

// Run marches the rays whose bits are set until no more than least of them go on, and returns those. stuck says that rays
// go on because they found nothing in a long time: the caller must march them by itself.
func (p *Packet) Run(rays uint16, least int) (going uint16, stuck bool) {
	lanes := active.lanes
	if lanes == PacketRays {
		return p.some(rays, least)
	}
	for first := 0; first < PacketRays; first += lanes {
		if some := rays >> first & (1<<lanes - 1); some != 0 {
			p.part = 4 * first
			left, lost := p.some(some, least*lanes/PacketRays)
			going, stuck = going|left<<first, stuck || lost
		}
	}
	return going, stuck
}

// some marches a packet, or as many of its rays as a register holds.
func (p *Packet) some(rays uint16, least int) (going uint16, stuck bool) {
	p.active, p.least, p.budget = int(rays), least, packetBudget
	p.run((*byte)(unsafe.Pointer(p)))
	going = uint16(p.active)
	return going, bits.OnesCount16(going) > least
}
