package scene

import "github.com/go-gl/mathgl/mgl32"

// FocusPoint is the point nearest to all viewing axes in the least-squares sense: the solution p of
//
//	Σ (I - d dᵀ) (p - o) = 0
//
// over cameras at o looking along d. Cameras that all look the same way have no such point; the mean of the points one
// unit ahead is returned.
func FocusPoint(cameras []Camera) mgl32.Vec3 {
	var a mgl32.Mat3
	var b, ahead mgl32.Vec3
	for i := range cameras {
		o, d := cameras[i].Position(), cameras[i].Forward()
		if d.Len() == 0 {
			continue
		}
		d = d.Normalize()
		m := mgl32.Ident3().Sub(d.OuterProd3(d))
		a = a.Add(m)
		b = b.Add(m.Mul3x1(o))
		ahead = ahead.Add(o.Add(d).Mul(1 / float32(len(cameras))))
	}
	n := float32(len(cameras))
	if det := a.Det(); !(det > 1e-3*n*n*n/27) {
		return ahead
	}
	return a.Inv().Mul3x1(b)
}
