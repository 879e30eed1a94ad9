package field_test

import (
	"math"
	"testing"

	"github.com/go-gl/mathgl/mgl32"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/internal/oracle"
	"github.com/radia-go/radia/internal/pcg32"
	"github.com/radia-go/radia/scene"
)

// TestMotion: Corrected turns as the oracle's matrices do, Motion finds back what it was corrected by, and the other way
// round is another pose.
func TestMotion(t *testing.T) {
	rng := pcg32.New(3)
	num := func(size float32) float32 { return size * (2*rng.Float32() - 1) }
	for i := range 50 {
		from := scene.LookAt(mgl32.Vec3{num(2), 1.5 + num(0.5), num(2)}, mgl32.Vec3{0.5, 0.5, 0.5}, mgl32.Vec3{0, 1, 0})
		size := []float32{1.5, 0.3, 1e-3, 0}[i%4]
		turn, move := [3]float32{num(size), num(size), num(size)}, [3]float32{num(1), num(1), num(1)}
		to := field.Corrected(from, move, turn)
		m := oracle.Rotation([3]float64{float64(turn[0]), float64(turn[1]), float64(turn[2])})
		for c := range 4 {
			col := from.Col(c)
			want := oracle.Apply(m, [3]float64{float64(col[0]), float64(col[1]), float64(col[2])})
			if c == 3 {
				want = [3]float64{float64(col[0] + move[0]), float64(col[1] + move[1]), float64(col[2] + move[2])}
			}
			for r, w := range want {
				if got := float64(to.At(r, c)); math.Abs(got-w) > 2e-6 { // a few roundings of numbers below 4
					t.Fatalf("pose %d row %d column %d: %v, want %v", i, r, c, got, w)
				}
			}
		}
		foundTurn, foundMove := field.Motion(from, to)
		for k := range 3 {
			if math.Abs(float64(foundTurn[k]-turn[k])) > 4e-6 || math.Abs(float64(foundMove[k]-move[k])) > 1e-6 {
				t.Fatalf("pose %d: turn %v and move %v are found as %v and %v", i, turn, move, foundTurn, foundMove)
			}
		}
		if back, _ := field.Motion(to, from); size > 0.1 && mgl32.Vec3(back).Add(mgl32.Vec3(turn)).Len() > 1e-4 {
			t.Fatalf("pose %d: back is %v after %v", i, back, turn)
		}
	}
}
