package kernels

// The statements of shaders/lib/small_adam.glsl in Go.

// adamRate is the rate of step t, from 1 on, with the moments' bias taken out.
func adamRate(rate, t, beta1, beta2 float32) float32 {
	return rate * sqrt32(1-rPow(beta2, t)) / (1 - rPow(beta1, t))
}

// adamStep advances the moments by gradient g and returns the step to add.
func adamStep(g float32, m, v *float32, rate, beta1, beta2, epsilon float32) float32 {
	*m = float32(beta1**m) + float32((1-beta1)*g)
	*v = float32(beta2**v) + float32((1-beta2)*float32(g*g))
	return -rate * *m / (sqrt32(*v) + epsilon)
}
