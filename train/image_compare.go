package train

import (
	"fmt"
	"math"

	"github.com/radia-go/radia/field"
	"github.com/radia-go/radia/scene/imageio"
	"github.com/radia-go/radia/scene/metrics"
)

// CompareImageFile measures a field against all pixels of the picture at path, at their centres: both in sRGB over black, in 8 bits. It reads and
// renders strip by strip, so that the picture may be larger than memory. SSIM, whose windows reach over ten more rows, is NaN
// for pictures of fewer than 11 rows or columns. progress, which may be nil, is told the rows that are done and can end the work by an error.
func CompareImageFile(f *field.Image, path string, opt imageio.StripOptions, progress func(done, total int) error) (psnr, ssim float64, err error) {
	const overlap = metrics.SSIMRows - 1
	var got, want metrics.RGB // the strip, after the last rows of the one before
	squares, similar, windows := 0.0, 0.0, 0
	opt.Deep = true
	err = imageio.ReadStrips(path, opt, func(y int, s *imageio.Image) error {
		if s.Width != f.Width || y+s.Height > f.Height {
			return fmt.Errorf("the field is of %d x %d pixels, %s has %d columns and %d rows or more", f.Width, f.Height, path, s.Width, y+s.Height)
		}
		pix, err := f.Render(field.Window{X1: 1, Y0: float64(y) / float64(f.Height), Y1: float64(y+s.Height) / float64(f.Height)}, s.Width, s.Height)
		if err != nil {
			return err
		}
		truth := metrics.FromImage(s, [3]float32{})
		mse, err := metrics.MSE(&metrics.RGB{Width: s.Width, Height: s.Height, Pix: pix}, truth)
		if err != nil {
			return err
		}
		squares += mse * float64(s.Width) * float64(s.Height)
		kept := 3 * s.Width * min(got.Height, overlap)
		got.Pix = append(got.Pix[:copy(got.Pix, got.Pix[len(got.Pix)-kept:])], pix...)
		want.Pix = append(want.Pix[:copy(want.Pix, want.Pix[len(want.Pix)-kept:])], truth.Pix...)
		rows := len(got.Pix) / 3 / s.Width
		got.Width, got.Height, want.Width, want.Height = s.Width, rows, s.Width, rows
		if s.Width >= metrics.SSIMRows && rows >= metrics.SSIMRows {
			v, err := metrics.SSIM(&got, &want)
			if err != nil {
				return err
			}
			similar += v * float64(rows-overlap)
			windows += rows - overlap
		}
		if progress != nil {
			return progress(y+s.Height, f.Height)
		}
		return nil
	})
	if err != nil {
		return math.NaN(), math.NaN(), err
	}
	psnr, ssim = -10*math.Log10(squares/(float64(f.Width)*float64(f.Height))), math.NaN()
	if windows > 0 {
		ssim = similar / float64(windows)
	}
	return psnr, ssim, nil
}
