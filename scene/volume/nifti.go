package volume

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// NIfTI-1 (nifti1.h of the NIfTI working group): a header of 348 bytes, then voxels with x fastest from vox_offset on.
const niftiHeader = 348

var niftiTypes = map[int16]string{2: "uint8", 4: "int16", 8: "int32", 16: "float32", 64: "float64", 256: "int8", 512: "uint16", 768: "uint32"}

// niftiOrder is the byte order in which the header's first word is its size.
func niftiOrder(b []byte) binary.ByteOrder {
	if len(b) >= 4 && binary.BigEndian.Uint32(b) == niftiHeader {
		return binary.BigEndian
	}
	return le
}

func looksLikeNIfTI(b []byte) bool {
	return len(b) >= niftiHeader && niftiOrder(b).Uint32(b) == niftiHeader && (string(b[344:347]) == "n+1" || string(b[344:347]) == "ni1")
}

// niftiShape is where a file's voxels lie.
func niftiShape(b []byte) (raw rawShape, begin int64, more int, err error) {
	if !looksLikeNIfTI(b) {
		return raw, 0, 0, fmt.Errorf("is no NIfTI-1 file")
	}
	if string(b[344:347]) == "ni1" {
		return raw, 0, 0, fmt.Errorf("has its voxels in another file (.img); only single files (.nii) are supported")
	}
	o := niftiOrder(b)
	i16 := func(at int) int16 { return int16(o.Uint16(b[at:])) }
	f32 := func(at int) float64 { return float64(math.Float32frombits(o.Uint32(b[at:]))) }
	n := int(i16(40))
	if n < 3 || n > 7 {
		return raw, 0, 0, fmt.Errorf("has %d dimensions; a volume has 3", n)
	}
	more = 1
	for k := range n {
		d := int(i16(42 + 2*k))
		if d < 1 {
			return raw, 0, 0, fmt.Errorf("has %d voxels along dimension %d", d, k+1)
		}
		if k < 3 {
			raw.dims[k] = d
		} else if more *= d; more > 1<<30 {
			return raw, 0, 0, fmt.Errorf("claims too many volumes")
		}
	}
	var ok bool
	if raw.dtype, ok = niftiTypes[i16(70)]; !ok {
		return raw, 0, 0, fmt.Errorf("has voxels of data type %d; integers and floats of 8 to 64 bits are supported", i16(70))
	}
	raw.order, raw.channels = o, 1
	begin = niftiHeader
	switch at := f32(108); {
	case at >= niftiHeader && at < maxFile:
		begin = int64(at)
	case at != 0: // some writers leave it at 0
		return raw, 0, 0, fmt.Errorf("claims that its voxels begin at byte %v; they follow a header of %d bytes", at, niftiHeader)
	}
	return raw, begin, more, raw.check()
}

func decodeNIfTI(b []byte) (*Volume, error) {
	raw, begin, more, err := niftiShape(b)
	if err != nil {
		return nil, err
	}
	if begin > int64(len(b)) || raw.bytes() > int64(len(b))-begin {
		return nil, fmt.Errorf("is cut short: %v voxels of %s from byte %d on take %d bytes, the file has %d", raw.dims, raw.dtype, begin, raw.bytes(), len(b))
	}
	f32 := func(at int) float64 { return float64(math.Float32frombits(raw.order.Uint32(b[at:]))) }
	v := &Volume{Format: "nifti", Codec: "none", Type: raw.dtype, Scan: true}
	slope, intercept := f32(112), f32(116)
	if slope == 0 || slope-slope != 0 || intercept-intercept != 0 {
		slope, intercept = 1, 0
	}
	value := raw.reader(b[begin:], 0)
	if v.Density, err = fromDense(raw.dims, func(i int) float32 { return float32(slope*value(i) + intercept) }); err != nil {
		return nil, err
	}
	for k := range v.Spacing {
		if v.Spacing[k] = math.Abs(f32(80 + 4*k)); v.Spacing[k] == 0 {
			v.Spacing[k] = 1
			v.Warnings = append(v.Warnings, fmt.Sprintf("no spacing along axis %d; 1 is taken", k))
		}
	}
	v.Up, v.Flip = niftiUp(b, raw.order, f32)
	if more > 1 {
		v.Warnings = append(v.Warnings, fmt.Sprintf("the first of %d volumes is taken", more))
	}
	return v.finish()
}

// niftiUp is the axis of the voxels that runs most nearly along the world's third, from feet to head.
func niftiUp(b []byte, o binary.ByteOrder, f32 func(int) float64) (axis int, flip bool) {
	row := [3]float64{0, 0, 1}
	switch {
	case int16(o.Uint16(b[254:])) > 0: // sform: a matrix
		row = [3]float64{f32(312), f32(316), f32(320)}
	case int16(o.Uint16(b[252:])) > 0: // qform: a quaternion (a, b, c, d) without a, and the sign of the third axis
		qb, qc, qd := f32(256), f32(260), f32(264)
		qa := math.Sqrt(max(0, 1-qb*qb-qc*qc-qd*qd))
		sign := 1.0
		if f32(76) < 0 {
			sign = -1
		}
		row = [3]float64{2 * (qb*qd - qa*qc), 2 * (qc*qd + qa*qb), sign * (qa*qa + qd*qd - qb*qb - qc*qc)}
	}
	for k := range row {
		if math.Abs(row[k]) > math.Abs(row[axis]) {
			axis = k
		}
	}
	if row == ([3]float64{}) || row[axis]-row[axis] != 0 {
		return 2, false
	}
	return axis, row[axis] < 0
}

// gunzip expands a NIfTI file as far as its header says that it goes.
func gunzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	head := make([]byte, niftiHeader)
	if _, err := io.ReadFull(z, head); err != nil {
		return nil, fmt.Errorf("is no volume: a gzip stream without a NIfTI header")
	}
	raw, begin, _, err := niftiShape(head)
	if err != nil {
		return nil, err
	}
	size := begin + raw.bytes()
	if size > maxFile || size > maxZipRatio*int64(len(b)) {
		return nil, fmt.Errorf("claims %d bytes from %d compressed ones", size, len(b))
	}
	out := make([]byte, size)
	copy(out, head)
	if size > niftiHeader {
		if n, err := io.ReadFull(z, out[niftiHeader:]); err != nil {
			return nil, fmt.Errorf("is cut short: %d bytes after the header, %d are needed", n, size-niftiHeader)
		}
	}
	return out, nil
}

// holdsNIfTI says whether the beginning of a gzip stream is that of a NIfTI file.
func holdsNIfTI(b []byte) bool {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return false
	}
	head := make([]byte, niftiHeader)
	_, err = io.ReadFull(z, head)
	return err == nil && looksLikeNIfTI(head)
}
