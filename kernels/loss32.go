package kernels

import (
	"fmt"
	"strings"
)

// Loss is the loss of one predicted value p against its target t, with e = p-t.
type Loss uint32

const (
	LossL2           Loss = iota // e²
	LossL1                       // |e|
	LossHuber                    // a fifth of Huber's loss with δ = 0.1: e² for |e| <= 0.1, else (|e|-0.05)/5
	LossMAPE                     // |e|/(|t|+0.01)
	LossSMAPE                    // |e|/((|p|+|t|)/2+0.01)
	LossLogL1                    // ln(1+|e|)
	LossRelativeL2               // e²/(p²+0.01)
	LossRelativeL1               // |e|/(|p|+0.01)
	LossCrossEntropy             // -t·ln p, p at least 1e-6
	losses
)

var lossNames = [losses]string{"L2", "L1", "Huber", "MAPE", "SMAPE", "LogL1", "RelativeL2", "RelativeL1", "CrossEntropy"}

// String is the name used in configuration files.
func (l Loss) String() string {
	if l < losses {
		return lossNames[l]
	}
	return fmt.Sprintf("Loss(%d)", uint32(l))
}

// ParseLoss finds a loss by its name in any case.
func ParseLoss(name string) (Loss, error) {
	for i, n := range lossNames {
		if strings.EqualFold(n, name) {
			return Loss(i), nil
		}
	}
	return 0, fmt.Errorf("unknown loss %q (known: %s)", name, strings.Join(lossNames[:], ", "))
}

const (
	huberDelta        = float32(0.1)
	lossGuard         = float32(0.01)
	crossEntropyFloor = float32(1e-6)
)

// Eval returns the loss and its derivative by p, in which the denominators of the relative losses count as constants.
func (l Loss) Eval(p, t float32) (value, slope float32) {
	e := p - t
	a := abs32(e)
	var s float32
	switch {
	case e > 0:
		s = 1
	case e < 0:
		s = -1
	}
	switch l {
	case LossL1:
		return a, s
	case LossHuber:
		if a <= huberDelta {
			return e * e, 2 * e
		}
		return (a - float32(0.5)*huberDelta) * 0.2, 0.2 * s
	case LossMAPE:
		d := abs32(t) + lossGuard
		return a / d, s / d
	case LossSMAPE:
		d := float32(0.5*(abs32(p)+abs32(t))) + lossGuard
		return a / d, s / d
	case LossLogL1:
		return rLog(1 + a), s / (1 + a)
	case LossRelativeL2:
		d := float32(p*p) + lossGuard
		return e * e / d, 2 * e / d
	case LossRelativeL1:
		d := abs32(p) + lossGuard
		return a / d, s / d
	case LossCrossEntropy:
		q := max(p, crossEntropyFloor)
		return -t * rLog(q), -t / q
	}
	return e * e, 2 * e
}
