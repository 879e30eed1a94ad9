package kernels

import (
	"fmt"
	"strings"
)

// Activation is an activation function of a network, with the number that shaders/lib/activation.glsl uses. In the
// formulas K = 10.
type Activation uint32

const (
	ActNone        Activation = iota // x
	ActReLU                          // max(x, 0)
	ActLeakyReLU                     // x for x > 0, else x/100
	ActSiLU                          // x·σ(x)
	ActExponential                   // e^x
	ActSine                          // sin x
	ActSigmoid                       // σ(x) = 1/(1+e^-x)
	ActSquareplus                    // (Kx + √((Kx)²+4))/2K
	ActSoftplus                      // ln(e^Kx + 1)/K
	ActTanh                          // tanh x
	activations
)

var activationNames = [activations]string{
	"None", "ReLU", "LeakyReLU", "SiLU", "Exponential", "Sine", "Sigmoid", "Squareplus", "Softplus", "Tanh",
}

// String is the name used in configuration files.
func (a Activation) String() string {
	if a < activations {
		return activationNames[a]
	}
	return fmt.Sprintf("Activation(%d)", uint32(a))
}

// ParseActivation finds an activation by its name in any case; "Logistic" is another name of the sigmoid.
func ParseActivation(name string) (Activation, error) {
	for i, n := range activationNames {
		if strings.EqualFold(n, name) {
			return Activation(i), nil
		}
	}
	if strings.EqualFold(name, "Logistic") {
		return ActSigmoid, nil
	}
	return 0, fmt.Errorf("unknown activation %q (known: %s)", name, strings.Join(activationNames[:], ", "))
}

const (
	inversePi     = float32(0.318309886)
	leakySlope    = float32(0.01)
	plusSharpness = float32(10)
)

// keepsArgument: the derivative is not a function of the value, so the argument is kept for the backward pass.
func (a Activation) keepsArgument() bool { return a == ActSiLU || a == ActSine }

func squareplus(x float32) float32 {
	z := plusSharpness * x
	r := rSqrt(float32(z*z) + 4)
	if z < 0 {
		return 2 / (r - z) / plusSharpness
	}
	return 0.5 * (z + r) / plusSharpness
}

func softplus(x float32) float32 {
	z := plusSharpness * x
	return (max(z, 0) + rLog(1+rExp(-abs32(z)))) / plusSharpness
}

func hyperbolicTangent(x float32) float32 {
	e := rExp(-2 * abs32(x))
	t := (1 - e) / (1 + e)
	if x < 0 {
		return -t
	}
	return t
}

func abs32(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

// apply evaluates the activation.
func (a Activation) apply(x float32) float32 {
	switch a {
	case ActReLU:
		return max(x, 0)
	case ActLeakyReLU:
		if x > 0 {
			return x
		}
		return leakySlope * x
	case ActSiLU:
		return x * rSigmoid(x)
	case ActExponential:
		return rExp(x)
	case ActSine:
		return rSinPi(inversePi * x)
	case ActSigmoid:
		return rSigmoid(x)
	case ActSquareplus:
		return squareplus(x)
	case ActSoftplus:
		return softplus(x)
	case ActTanh:
		return hyperbolicTangent(x)
	}
	return x
}

// slope is the derivative from what the forward pass kept: the value, or the argument where keepsArgument says so.
func (a Activation) slope(kept float32) float32 {
	switch a {
	case ActReLU:
		if kept > 0 {
			return 1
		}
		return 0
	case ActLeakyReLU:
		if kept > 0 {
			return 1
		}
		return leakySlope
	case ActSiLU:
		s := rSigmoid(kept)
		return s * (1 + float32(kept*(1-s)))
	case ActExponential:
		return kept
	case ActSine:
		return rCosPi(inversePi * kept)
	case ActSigmoid:
		return kept * (1 - kept)
	case ActSquareplus:
		s := plusSharpness * kept
		q := float32(s * s)
		return q / (q + 1)
	case ActSoftplus:
		return 1 - rExp(-plusSharpness*kept)
	case ActTanh:
		return 1 - float32(kept*kept)
	}
	return 1
}
