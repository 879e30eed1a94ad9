package train

// Mode is what a training's loss compares with the pictures (docs/training.md).
type Mode uint8

const (
	// ModeNeRF compares the colour of a ray.
	ModeNeRF Mode = iota
	// ModeRfl compares the colours of a ray's samples, weighted as they are composited.
	ModeRfl
	// ModeRflRelax compares the colour that is seen from each sample on.
	ModeRflRelax
)

// stepKind tells the recordings of a step apart.
type stepKind struct {
	average bool // the average of the parameters is updated
	mode    Mode
}

// stepKinds lists the recordings that the training can need.
func (t *NeRF) stepKinds() (all []stepKind) {
	for _, average := range []bool{false, true} {
		all = append(all, stepKind{average, ModeNeRF})
		if t.opt.Mode != ModeNeRF {
			all = append(all, stepKind{average, t.opt.Mode})
		}
	}
	return all
}

// kindOf is the recording of a step; steps count from 1.
func (t *NeRF) kindOf(step int) stepKind {
	k := stepKind{average: t.ema != nil && step%t.emaGap == 0}
	if before := step - 1; before >= t.opt.ModeFrom && (t.opt.ModeTo == 0 || before < t.opt.ModeTo) {
		k.mode = t.opt.Mode
	}
	return k
}
