package kernels

import "github.com/radia-go/radia/internal/math32"

// The functions of shaders/lib/math.glsl under the names that they have there.
func rExp(x float32) float32     { return math32.Exp(x) }
func rLog(x float32) float32     { return math32.Log(x) }
func rPow(x, y float32) float32  { return math32.Pow(x, y) }
func rSinPi(x float32) float32   { return math32.SinPi(x) }
func rCosPi(x float32) float32   { return math32.CosPi(x) }
func rSigmoid(x float32) float32 { return math32.Sigmoid(x) }
func rSqrt(x float32) float32    { return math32.Sqrt(x) }
