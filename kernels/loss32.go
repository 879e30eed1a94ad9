package kernels

// Loss kinds of shaders/lib/loss.glsl.
const (
	LossL2 = iota
	LossL1
	LossHuber // delta 0.1, divided by 5, so that it equals L2 near zero
	LossMAPE
	LossSMAPE
	LossLogL1
	LossRelativeL2
)

// lossValue is the loss of one channel.
func lossValue(kind uint32, prediction, target float32) float32 {
	e := prediction - target
	a := abs32(e)
	switch kind {
	case LossL1:
		return a
	case LossHuber:
		if a <= 0.1 {
			return e * e
		}
		return (a - 0.05) / 5
	case LossMAPE:
		return a / (abs32(prediction) + 0.01)
	case LossSMAPE:
		return a / (float32(0.5*(abs32(prediction)+abs32(target))) + 0.01)
	case LossLogL1:
		return rLog(1 + a)
	case LossRelativeL2:
		return e * e / (float32(prediction*prediction) + 0.01)
	}
	return e * e
}

// lossSlope is its derivative with respect to the prediction; a divisor that holds the prediction counts as constant.
func lossSlope(kind uint32, prediction, target float32) float32 {
	e := prediction - target
	s := float32(1)
	if e < 0 {
		s = -1
	}
	switch kind {
	case LossL1:
		return s
	case LossHuber:
		if abs32(e) <= 0.1 {
			return 2 * e
		}
		return 0.2 * s
	case LossMAPE:
		return s / (abs32(prediction) + 0.01)
	case LossSMAPE:
		return s / (float32(0.5*(abs32(prediction)+abs32(target))) + 0.01)
	case LossLogL1:
		return s / (1 + abs32(e))
	case LossRelativeL2:
		return 2 * e / (float32(prediction*prediction) + 0.01)
	}
	return 2 * e
}
