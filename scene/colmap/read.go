package colmap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// reader reads a file and knows how much of it is left, so that no count in the file is believed beyond it.
type reader struct {
	*bufio.Reader
	left int64
}

func readFile(path string, read func(*reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			return p.Err
		}
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	return read(&reader{bufio.NewReaderSize(f, 1<<16), st.Size()})
}

var errShort = errors.New("the file ends too early")

// value reads one fixed-size value.
func value[T uint8 | int32 | uint64 | float64](r *reader) (v T, err error) {
	var b [8]byte
	n := binary.Size(v)
	if _, err := io.ReadFull(r, b[:n]); err != nil {
		return v, errShort
	}
	r.left -= int64(n)
	switch p := any(&v).(type) {
	case *uint8:
		*p = b[0]
	case *int32:
		*p = int32(binary.LittleEndian.Uint32(b[:]))
	case *uint64:
		*p = binary.LittleEndian.Uint64(b[:])
	case *float64:
		*p = math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
	}
	return v, nil
}

// values fills v.
func values(r *reader, v []float64) (err error) {
	for i := range v {
		if v[i], err = value[float64](r); err != nil {
			return err
		}
	}
	return nil
}

// count reads a number of things of at least size bytes each, which must fit into what is left.
func count(r *reader, what string, size int64) (int, error) {
	n, err := value[uint64](r)
	if err != nil {
		return 0, err
	}
	if n > uint64(r.left/size) {
		return 0, fmt.Errorf("claims %d %s, for which its %d bytes are too few", n, what, r.left)
	}
	return int(n), nil
}

// skip passes over things of a size.
func (r *reader) skip(n int, size int64) error {
	bytes := int64(n) * size
	if m, err := io.CopyN(io.Discard, r, bytes); err != nil || m != bytes {
		return errShort
	}
	r.left -= bytes
	return nil
}

func (s *Scene) cameras(r *reader) error {
	n, err := count(r, "cameras", 24+3*8)
	if err != nil {
		return err
	}
	for range n {
		id, err1 := value[int32](r)
		model, err2 := value[int32](r)
		w, err3 := value[uint64](r)
		h, err4 := value[uint64](r)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return errShort
		}
		c := Camera{ID: int(id), Model: Model(model), Width: int(min(w, 1<<30)), Height: int(min(h, 1<<30))}
		params, err := c.Model.params()
		if err != nil {
			return fmt.Errorf("camera %d: %w", id, err)
		}
		c.Params = make([]float64, params)
		if err := values(r, c.Params); err != nil {
			return err
		}
		if err := s.addCamera(c); err != nil {
			return err
		}
	}
	return nil
}

// maxName is longer than any path.
const maxName = 1 << 15

func (s *Scene) images(r *reader) error {
	n, err := count(r, "images", 4+7*8+4+2+8)
	if err != nil {
		return err
	}
	for range n {
		var pose [7]float64
		id, err1 := value[int32](r)
		err2 := values(r, pose[:])
		camera, err3 := value[int32](r)
		if errors.Join(err1, err2, err3) != nil {
			return errShort
		}
		var name []byte
		for {
			b, err := r.ReadByte()
			r.left--
			if err != nil {
				return errShort
			}
			if b == 0 {
				break
			}
			if name = append(name, b); len(name) > maxName {
				return fmt.Errorf("the name of image %d does not end", id)
			}
		}
		points, err := count(r, "observations of "+string(name), 24)
		if err != nil {
			return err
		}
		if err := r.skip(points, 24); err != nil {
			return err
		}
		if err := s.addImage(Image{ID: int(id), Name: string(name), Rotation: [4]float64(pose[:4]), T: [3]float64(pose[4:]), Camera: int(camera)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scene) points(r *reader) error {
	n, err := count(r, "points", 8+24+3+8+8)
	if err != nil {
		return err
	}
	s.Points = make([]Point, 0, n)
	for range n {
		var p Point
		if err := r.skip(1, 8); err != nil {
			return err
		}
		if err := values(r, p[:]); err != nil {
			return err
		}
		if err := r.skip(1, 3+8); err != nil {
			return err
		}
		track, err := count(r, "observations of a point", 8)
		if err != nil {
			return err
		}
		if err := r.skip(track, 8); err != nil {
			return err
		}
		s.addPoint(p)
	}
	return nil
}

// maxLine bounds what is kept of a line; lists of observations are longer and not kept.
const maxLine = 1 << 16

// line reads the next line, at most maxLine bytes of it; ok is false at the end.
func (r *reader) line() (s string, ok bool, err error) {
	var kept []byte
	for {
		part, err := r.ReadSlice('\n')
		kept = append(kept, part[:min(len(part), maxLine-len(kept))]...)
		switch {
		case err == nil:
			return strings.TrimSpace(string(kept)), true, nil
		case errors.Is(err, io.EOF):
			return strings.TrimSpace(string(kept)), len(kept) > 0, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", false, err
		}
	}
}

// lines calls f with each line that holds something, split at spaces, and its number.
func (r *reader) lines(f func(words []string, next func() error) error) error {
	number := 0
	next := func() error {
		number++
		_, _, err := r.line()
		return err
	}
	for {
		s, ok, err := r.line()
		if err != nil || !ok {
			return err
		}
		number++
		if s == "" || s[0] == '#' {
			continue
		}
		at := number
		if err := f(strings.Fields(s), next); err != nil {
			return fmt.Errorf("line %d: %w", at, err)
		}
	}
}

func numbers(words []string, to []float64) (err error) {
	for i := range to {
		if to[i], err = strconv.ParseFloat(words[i], 64); err != nil {
			return fmt.Errorf("%.40q is no number", words[i])
		}
	}
	return nil
}

func integers(words []string, to ...*int) (err error) {
	for i, p := range to {
		if *p, err = strconv.Atoi(words[i]); err != nil {
			return fmt.Errorf("%.40q is no whole number", words[i])
		}
	}
	return nil
}

func (s *Scene) camerasText(r *reader) error {
	return r.lines(func(w []string, _ func() error) error {
		if len(w) < 5 {
			return fmt.Errorf("a camera is CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS, not %d words", len(w))
		}
		var c Camera
		err := integers([]string{w[0], w[2], w[3]}, &c.ID, &c.Width, &c.Height)
		if err != nil {
			return err
		}
		if c.Model, err = modelOf(w[1]); err != nil {
			return err
		}
		params, _ := c.Model.params()
		if len(w) != 4+params {
			return fmt.Errorf("the lens %v has %d parameters, not %d", c.Model, params, len(w)-4)
		}
		c.Params = make([]float64, params)
		if err := numbers(w[4:], c.Params); err != nil {
			return err
		}
		return s.addCamera(c)
	})
}

// imagesText reads two lines for each image; the second, of observations, may be empty.
func (s *Scene) imagesText(r *reader) error {
	return r.lines(func(w []string, next func() error) error {
		if len(w) < 10 {
			return fmt.Errorf("an image is IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME, not %d words", len(w))
		}
		var pose [7]float64
		m := Image{Name: strings.Join(w[9:], " ")}
		if err := integers([]string{w[0], w[8]}, &m.ID, &m.Camera); err != nil {
			return err
		}
		if err := numbers(w[1:], pose[:]); err != nil {
			return err
		}
		m.Rotation, m.T = [4]float64(pose[:4]), [3]float64(pose[4:])
		if err := s.addImage(m); err != nil {
			return err
		}
		return next()
	})
}

func (s *Scene) pointsText(r *reader) error {
	return r.lines(func(w []string, _ func() error) error {
		if len(w) < 8 {
			return fmt.Errorf("a point is POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK, not %d words", len(w))
		}
		var p Point
		if err := numbers(w[1:], p[:]); err != nil {
			return err
		}
		s.addPoint(p)
		return nil
	})
}
