package render

import (
	"fmt"

	"github.com/radia-go/radia/internal/sysmem"
)

// framePixel is the memory of a pixel from rendering to its file: colour, depth and cost in float32, and five planes of float32
// for EXR, the most that a writer makes of it, with half of that for its rows.
const framePixel = (4+1+1)*4 + 5*4*3/2

// checkSize refuses a picture whose pixels a kernel cannot number or that does not fit into memory. Tiles bound what the
// device needs, so that nothing else depends on the size.
func checkSize(w, h int) error { return fits(w, h, sysmem.Available()) }

// fits is checkSize where have bytes are free, or nobody knows how many: 0.
func fits(w, h int, have int64) error {
	if w < 1 || h < 1 || int64(w) > 1<<31/int64(h) {
		return fmt.Errorf("a picture of %dx%d pixels cannot be rendered: from 1 to 2^31 pixels are possible", w, h)
	}
	need := framePixel * int64(w) * int64(h)
	if have > 0 && need > have {
		return fmt.Errorf("a picture of %dx%d pixels needs %d MiB of memory, %d MiB are free: render a smaller one", w, h, need>>20, have>>20)
	}
	return nil
}
