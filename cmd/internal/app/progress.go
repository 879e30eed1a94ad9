package app

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// Progress shows how far long work is: a bar on a terminal, else a plain line every few seconds.
type Progress struct {
	out   io.Writer
	what  string
	total int64
	start time.Time
	bar   *progressbar.ProgressBar
	last  time.Time
}

// plainInterval is the time between lines where the output is not a terminal.
const plainInterval = 5 * time.Second

// NewProgress begins showing work of the given total, in units of the caller's choice.
func (e *Env) NewProgress(what string, total int64) *Progress {
	p := &Progress{out: e.Stderr, what: what, total: max(total, 1), start: time.Now(), last: time.Now()}
	if f, ok := e.Stderr.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		p.bar = progressbar.NewOptions64(p.total,
			progressbar.OptionSetWriter(e.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(24),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionShowElapsedTimeOnFinish(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
	}
	return p
}

// Set reports the work done so far and a short note on its state (loss, PSNR, rate).
func (p *Progress) Set(done int64, note string) {
	done = min(done, p.total)
	if p.bar != nil {
		if note != "" {
			p.bar.Describe(p.what + " " + note)
		}
		_ = p.bar.Set64(done)
		return
	}
	if time.Since(p.last) < plainInterval {
		return
	}
	p.last = time.Now()
	eta := "?"
	if elapsed := time.Since(p.start); done > 0 {
		eta = time.Duration(float64(elapsed) * float64(p.total-done) / float64(done)).Round(time.Second).String()
	}
	fmt.Fprintf(p.out, "%s %d%% %s, %s left\n", p.what, 100*done/p.total, note, eta)
}

// Done ends the display.
func (p *Progress) Done() {
	if p.bar != nil {
		_ = p.bar.Finish()
		fmt.Fprintln(p.out)
	}
}
