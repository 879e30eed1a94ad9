//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"weak"

	"github.com/radia-go/radia/gpu"
)

const (
	maxInflight = 64       // submissions; a further one waits for the oldest
	maxCopies   = 3        // command buffers of one recording that uploads, so that the host runs ahead
	maxEntries  = 256      // recordings kept
	maxStaging  = 64 << 20 // staging bytes of kept recordings, and of one step of a long one
)

// entry is what the device keeps of a recording that it has seen.
type entry struct {
	key     weak.Pointer[gpu.Recording]
	name    string
	copies  []*instanceOf
	buffers []*Buffer
	staging int64
	last    uint64 // serial of the last submission
	every   int    // dispatches of a piece, 0 is all; see Options.SplitAfter
	cleanup runtime.Cleanup
}

// instanceOf is one recorded form of a recording, or of some of its steps, with the staging memory it copies through.
type instanceOf struct {
	cmds    []commands
	up      region // all uploads, one after the other
	down    region
	moves   []move
	uploads bool
	loads   bool // has downloads
	counts  []count
	queries uint64 // query pool, with Profile
	stamped []*stat
	ticks   []uint64
	fresh   bool // the queries hold results that were not read yet
	serial  uint64
	busy    time.Duration // the longest that the host was seen to wait for it
}

// move is a transfer through staging memory.
type move struct {
	command, off, n int
	at              int64 // in instanceOf.up or .down
	down            bool
}

type count struct {
	stat    *stat
	n       int
	variant string
}

// Submit implements gpu.Device. The recording is written into a Vulkan command buffer the first time; submitting it
// again costs one call into C.
func (d *Device) Submit(r *gpu.Recording) error { return d.SubmitSignal(r, 0, 0) }

// SubmitSignal is Submit that starts after the VkSemaphore wait and signals signal when it has finished; 0 is none.
func (d *Device) SubmitSignal(r *gpu.Recording, wait, signal uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open()
	r.Seal()
	if err := d.poll(); err != nil {
		return err
	}
	d.bury()
	if err := d.submit(r, wait, signal); err != nil {
		if merr := d.in.msgs.take(); merr != nil {
			err = merr // the cause is better news than its effect
		}
		if d.failure != nil {
			return err
		}
		return fmt.Errorf("recording %s: %w", r.Name, err)
	}
	if err := d.in.msgs.take(); err != nil {
		return fmt.Errorf("recording %s: %w", r.Name, err)
	}
	return nil
}

func (d *Device) submit(r *gpu.Recording, wait, signal uint64) error {
	if d.opt.Sync {
		return d.oneByOne(r, wait, signal)
	}
	key := weak.Make(r)
	e := d.entries[key]
	if e == nil {
		steps, err := d.steps(r)
		if err != nil {
			return err
		}
		if staged(steps) > maxStaging {
			return d.inParts(r, steps, wait, signal)
		}
		inst, err := d.build(r, steps, d.opt.SplitEvery)
		if errors.Is(err, gpu.ErrOutOfMemory) && d.spare() == nil {
			inst, err = d.build(r, steps, d.opt.SplitEvery)
		}
		if err != nil {
			return err
		}
		e = &entry{key: key, name: r.Name, copies: []*instanceOf{inst}, staging: inst.up.size + inst.down.size}
		d.remember(e, r)
		return d.run(e, inst, r, wait, signal)
	}
	if err := d.refine(e); err != nil {
		return err
	}
	inst, err := d.ready(e, r)
	if err != nil {
		return err
	}
	return d.run(e, inst, r, wait, signal)
}

// refine cuts a recording that has kept the device busy for too long into pieces, of as many dispatches as seem to take half
// the time; what it recorded before is thrown away and made again by ready.
func (d *Device) refine(e *entry) error {
	for _, c := range e.copies {
		if d.splitAfter <= 0 || c.busy <= d.splitAfter {
			continue
		}
		n := 0
		for _, k := range c.counts {
			n += k.n
		}
		every := max(1, int(float64(n)*float64(d.splitAfter)/float64(2*c.busy)))
		if c.busy = 0; n < 2 || e.every > 0 && every >= e.every {
			continue
		}
		if err := d.finish(e.last); err != nil {
			return err
		}
		for _, c := range e.copies {
			d.release(c)
		}
		e.copies, e.staging, e.every = nil, 0, every
		return nil
	}
	return nil
}

// ready picks a recorded form that may be submitted now. Only a form with uploads, or with queries, is tied to its
// last submission: the host would overwrite what the device has yet to read.
func (d *Device) ready(e *entry, r *gpu.Recording) (*instanceOf, error) {
	var oldest *instanceOf
	if len(e.copies) > 0 {
		if oldest = e.copies[0]; !oldest.uploads && oldest.queries == 0 {
			return oldest, nil
		}
	}
	for _, c := range e.copies {
		if c.serial <= d.done {
			return c, nil
		}
		if c.serial < oldest.serial {
			oldest = c
		}
	}
	if len(e.copies) < maxCopies {
		steps, err := d.steps(r)
		if err != nil {
			return nil, err
		}
		inst, err := d.build(r, steps, e.every)
		if errors.Is(err, gpu.ErrOutOfMemory) && oldest != nil { // do with the copies there are
			return oldest, d.finish(oldest.serial)
		}
		if err != nil {
			return nil, err
		}
		e.copies = append(e.copies, inst)
		e.staging += inst.up.size + inst.down.size
		return inst, nil
	}
	return oldest, d.finish(oldest.serial)
}

// staged is the staging memory that steps need.
func staged(steps []step) int64 {
	total := int64(0)
	for _, s := range steps {
		total += int64(s.n+15) &^ 15
	}
	return total
}

// build records steps, in pieces of `every` dispatches where that is not 0.
func (d *Device) build(r *gpu.Recording, steps []step, every int) (inst *instanceOf, err error) {
	inst = &instanceOf{}
	defer func() {
		if err != nil {
			d.release(inst)
			inst = nil
		}
	}()
	var sizes [2]int64
	stamps := 0
	for _, s := range steps {
		if s.pipe != nil {
			stamps += 2
			inst.count(d.statOf(r.Commands[s.command].(*gpu.Dispatch).Kernel.Name), s.pipe.variant)
		}
		if s.n == 0 {
			continue
		}
		m := move{command: s.command, off: s.off, n: s.n}
		i := 0
		if _, m.down = r.Commands[s.command].(*gpu.Download); m.down {
			i = 1
		}
		m.at = sizes[i]
		sizes[i] += int64(s.n+15) &^ 15
		inst.moves = append(inst.moves, m)
	}
	any := ^uint32(0)
	if sizes[0] > 0 {
		inst.uploads = true
		if inst.up, err = d.up.take(need{sizes[0], 16, any}, 0); err != nil {
			return inst, fmt.Errorf("staging memory: %w", err)
		}
	}
	if sizes[1] > 0 {
		inst.loads = true
		if inst.down, err = d.down.take(need{sizes[1], 16, any}, 0); err != nil {
			return inst, fmt.Errorf("staging memory: %w", err)
		}
	}
	l := &list{}
	if d.opt.Profile && stamps > 0 && d.info.Limits.TimestampBits > 0 {
		if inst.queries, err = d.takeQueries(stamps); err != nil {
			return inst, err
		}
		inst.ticks = make([]uint64, stamps)
		l.words = append(l.words, opReset, inst.queries, uint64(powerOfTwo(stamps, 64)))
	}
	close := func() error {
		c, err := d.record(l, !inst.uploads && inst.queries == 0)
		if err == nil {
			inst.cmds = append(inst.cmds, c)
		}
		return err
	}
	moves := inst.moves
	for i, s := range steps {
		if s.barrier {
			l.barrier()
		}
		switch c := r.Commands[s.command].(type) {
		case *gpu.Upload:
			l.copy(inst.up.block.buffer, inst.up.off+moves[0].at, c.Dst.(*Buffer).handle, int64(c.Offset+s.off), s.n)
			moves = moves[1:]
		case *gpu.Download:
			l.copy(c.Src.(*Buffer).handle, int64(c.Offset+s.off), inst.down.block.buffer, inst.down.off+moves[0].at, s.n)
			moves = moves[1:]
		case *gpu.Copy:
			l.copy(c.Src.(*Buffer).handle, int64(c.SrcOffset), c.Dst.(*Buffer).handle, int64(c.DstOffset), c.Size)
		case *gpu.Fill:
			l.fill(c.Dst.(*Buffer).handle, c.Offset, c.Size, c.Word)
		case *gpu.Dispatch:
			if inst.queries != 0 {
				l.words = append(l.words, opStamp, inst.queries, uint64(2*len(inst.stamped)))
			}
			l.dispatch(c, s.pipe)
			if inst.queries != 0 {
				l.words = append(l.words, opStamp, inst.queries, uint64(2*len(inst.stamped)+1))
				inst.stamped = append(inst.stamped, d.statOf(c.Kernel.Name))
			}
			if every > 0 && l.dispatches >= every && i+1 < len(steps) {
				if err = close(); err != nil {
					return inst, err
				}
				l = &list{}
				// What came before is another submission now, so the barriers between must not rely on its list.
				l.barrier()
			}
		}
	}
	if inst.loads {
		l.words = append(l.words, opHost)
	}
	if err = close(); err == nil {
		err = d.in.msgs.take()
	}
	return inst, err
}

func (inst *instanceOf) count(s *stat, variant string) {
	for i := range inst.counts {
		if inst.counts[i].stat == s {
			inst.counts[i].n++
			return
		}
	}
	inst.counts = append(inst.counts, count{s, 1, variant})
}

func (d *Device) statOf(kernel string) *stat {
	s := d.stats[kernel]
	if s == nil {
		s = &stat{kernel: kernel}
		d.stats[kernel] = s
	}
	return s
}

// run copies uploads to staging memory, submits, and waits for downloads.
func (d *Device) run(e *entry, inst *instanceOf, r *gpu.Recording, wait, signal uint64) error {
	for _, m := range inst.moves {
		if !m.down {
			c := r.Commands[m.command].(*gpu.Upload)
			copy(inst.up.bytes()[m.at:m.at+int64(m.n)], c.Data[m.off:m.off+m.n])
		}
	}
	if len(d.inflight) >= maxInflight {
		if err := d.finish(d.inflight[0].serial); err != nil {
			return err
		}
	}
	var fence uint64
	var err error
	if n := len(d.fences); n > 0 {
		fence, d.fences = d.fences[n-1], d.fences[:n-1]
	} else if fence, err = d.h.newFence(); err != nil {
		return err
	}
	d.cbs = d.cbs[:0]
	if len(d.zero) > 0 {
		c, err := d.clearNew()
		if err != nil {
			d.fences = append(d.fences, fence)
			return err
		}
		d.cbs = append(d.cbs, c.cb)
		defer func() { d.later(func() { d.recycle(c) }) }()
	}
	for _, c := range inst.cmds {
		d.cbs = append(d.cbs, c.cb)
	}
	// A watchdog counts the time of a submission, so pieces are submissions of their own; the fence is behind the last.
	cbs := d.cbs
	for len(inst.cmds) > 1 && len(cbs) > 1 {
		if err := d.h.submit(cbs[:1], wait, 0, 0); err != nil {
			d.h.destroyFence(fence)
			return d.fail(r.Name, inst, err)
		}
		cbs, wait = cbs[1:], 0
	}
	if err := d.h.submit(cbs, wait, signal, fence); err != nil {
		d.h.destroyFence(fence)
		return d.fail(r.Name, inst, err)
	}
	d.serial++
	d.inflight = append(d.inflight, submission{d.serial, fence, inst, r.Name})
	inst.serial, inst.fresh = d.serial, inst.queries != 0
	if e != nil {
		e.last = d.serial
	}
	for _, c := range inst.counts {
		c.stat.dispatches += c.n
		c.stat.variant = c.variant
	}
	if !inst.loads {
		return nil
	}
	if err := d.finish(d.serial); err != nil {
		return err
	}
	for _, m := range inst.moves {
		if m.down {
			c := r.Commands[m.command].(*gpu.Download)
			copy(c.Data[m.off:m.off+m.n], inst.down.bytes()[m.at:m.at+int64(m.n)])
		}
	}
	return nil
}

// clearNew records the first fill of buffers made since the last submission.
func (d *Device) clearNew() (commands, error) {
	l := &list{}
	for _, b := range d.zero {
		l.fill(b.handle, 0, (b.size+3)&^3, 0)
	}
	c, err := d.record(l, false)
	if err == nil {
		for _, b := range d.zero {
			b.zero = false
		}
		d.zero = d.zero[:0]
	}
	return c, err
}

// inParts runs a recording whose transfers need more staging memory than is kept, part by part.
func (d *Device) inParts(r *gpu.Recording, steps []step, wait, signal uint64) error {
	for len(steps) > 0 {
		n := 1
		for n < len(steps) && staged(steps[:n+1]) <= maxStaging {
			n++
		}
		last := uint64(0)
		if n == len(steps) {
			last = signal
		}
		if err := d.once(r, steps[:n], wait, last); err != nil {
			return err
		}
		wait, steps = 0, steps[n:]
	}
	return nil
}

// once builds, runs, finishes and releases.
func (d *Device) once(r *gpu.Recording, steps []step, wait, signal uint64) error {
	inst, err := d.build(r, steps, d.opt.SplitEvery)
	if err != nil {
		return err
	}
	if err = d.run(nil, inst, r, wait, signal); err == nil {
		err = d.finish(d.serial)
	}
	d.later(func() { d.release(inst) })
	return err
}

// oneByOne runs each step alone, for Options.Sync.
func (d *Device) oneByOne(r *gpu.Recording, wait, signal uint64) error {
	steps, err := d.steps(r)
	if err != nil {
		return err
	}
	for i, s := range steps {
		if i > 0 {
			wait = 0
		}
		last := uint64(0)
		if i+1 == len(steps) {
			last = signal
		}
		s.barrier = true
		start := time.Now()
		err := d.once(r, []step{s}, wait, last)
		if err == nil {
			err = d.in.msgs.take()
		}
		if err != nil {
			return fmt.Errorf("command %d, %v: %w", s.command, r.Commands[s.command], err)
		}
		if s.pipe != nil && !d.opt.Profile {
			d.statOf(r.Commands[s.command].(*gpu.Dispatch).Kernel.Name).time += time.Since(start)
		}
	}
	return nil
}

// remember keeps the recording's command buffers until it is garbage, one of its buffers is released, or others need
// the room.
func (d *Device) remember(e *entry, r *gpu.Recording) {
	d.evict(maxEntries-1, maxStaging-e.staging)
	d.entries[e.key] = e
	seen := func(b gpu.Buffer) {
		v := b.(*Buffer)
		if _, ok := v.users[e]; !ok {
			v.users[e] = struct{}{}
			e.buffers = append(e.buffers, v)
		}
	}
	for _, c := range r.Commands {
		switch c := c.(type) {
		case *gpu.Upload:
			seen(c.Dst)
		case *gpu.Download:
			seen(c.Src)
		case *gpu.Copy:
			seen(c.Dst)
			seen(c.Src)
		case *gpu.Fill:
			seen(c.Dst)
		case *gpu.Dispatch:
			for _, b := range c.Binds {
				seen(b.Buffer)
			}
			if c.Indirect.Buffer != nil {
				seen(c.Indirect.Buffer)
			}
		}
	}
	key := e.key
	e.cleanup = runtime.AddCleanup(r, func(k weak.Pointer[gpu.Recording]) {
		d.deadMu.Lock()
		d.dead = append(d.dead, k)
		d.deadMu.Unlock()
	}, key)
}

// bury discards what belongs to recordings that are garbage.
func (d *Device) bury() {
	d.deadMu.Lock()
	dead := d.dead
	d.dead = nil
	d.deadMu.Unlock()
	for _, k := range dead {
		if e := d.entries[k]; e != nil {
			d.discard(e)
		}
	}
}

// evict discards the recordings that were submitted longest ago until so many and so much staging memory remain.
func (d *Device) evict(entries int, staging int64) {
	total := int64(0)
	for _, e := range d.entries {
		total += e.staging
	}
	for len(d.entries) > 0 && (len(d.entries) > entries || total > staging) {
		var oldest *entry
		for _, e := range d.entries {
			if oldest == nil || e.last < oldest.last {
				oldest = e
			}
		}
		total -= oldest.staging
		d.discard(oldest)
	}
}

// discard forgets an entry; what it holds is freed when the device has finished with it.
func (d *Device) discard(e *entry) {
	delete(d.entries, e.key)
	e.cleanup.Stop()
	for _, b := range e.buffers {
		delete(b.users, e)
	}
	copies := e.copies
	d.later(func() {
		for _, inst := range copies {
			d.release(inst)
		}
	})
}

// release returns what a recorded form holds.
func (d *Device) release(inst *instanceOf) {
	for _, c := range inst.cmds {
		d.recycle(c)
	}
	if inst.up.block != nil {
		d.up.give(inst.up)
	}
	if inst.down.block != nil {
		d.down.give(inst.down)
	}
	if inst.queries != 0 {
		n := powerOfTwo(len(inst.ticks), 64)
		d.queries[n] = append(d.queries[n], inst.queries)
	}
	*inst = instanceOf{}
}

func (d *Device) takeQueries(n int) (uint64, error) {
	n = powerOfTwo(n, 64)
	if free := d.queries[n]; len(free) > 0 {
		d.queries[n] = free[:len(free)-1]
		return free[len(free)-1], nil
	}
	return d.h.newQueryPool(n)
}

// harvest adds the times of a finished submission to the kernels' sums.
func (d *Device) harvest(inst *instanceOf) error {
	if !inst.fresh {
		return nil
	}
	inst.fresh = false
	if err := d.h.queryResults(inst.queries, inst.ticks); err != nil {
		return err
	}
	mask := ^uint64(0)
	if bits := d.info.Limits.TimestampBits; bits < 64 {
		mask = 1<<bits - 1
	}
	for i, s := range inst.stamped {
		s.time += time.Duration(float64((inst.ticks[2*i+1]-inst.ticks[2*i])&mask) * d.p.period)
	}
	return nil
}
