package snapshot

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Limits of a decoded tree. Values cost memory even where they cost one byte of the file.
const (
	maxDepth  = 64
	maxValues = 1 << 22
)

// treeReader decodes MessagePack into nil, bool, int64, uint64 (above the range of int64), float64, string, []byte,
// []any and map[string]any. Every length is compared with the bytes that are left before anything is allocated.
// Blobs share memory with the input.
type treeReader struct {
	data   []byte
	r      *bytes.Reader
	dec    *msgpack.Decoder
	values int
}

func decodeTree(data []byte) (map[string]any, error) {
	t := &treeReader{data: data, r: bytes.NewReader(data)}
	t.dec = msgpack.NewDecoder(t.r)
	v, err := t.value(0)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it holds %s, not a map", kindOf(v))
	}
	if t.r.Len() > 0 {
		return nil, fmt.Errorf("%d bytes follow the end of the data", t.r.Len())
	}
	return m, nil
}

func (t *treeReader) pos() int { return len(t.data) - t.r.Len() }

// fail turns the reader's message into one with a position.
func (t *treeReader) fail(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("it is cut off after %d bytes", len(t.data))
	}
	return fmt.Errorf("not MessagePack at byte %d: %w", t.pos(), err)
}

func (t *treeReader) length(n, atLeast int, what string) error {
	if n < 0 || n > t.r.Len()/atLeast {
		return fmt.Errorf("it is cut off or corrupt: %s of length %d at byte %d, and %d bytes are left", what, n, t.pos(), t.r.Len())
	}
	return nil
}

func (t *treeReader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	if t.values++; t.values > maxValues {
		return nil, fmt.Errorf("it holds more than %d values", maxValues)
	}
	c, err := t.dec.PeekCode()
	if err != nil {
		return nil, t.fail(err)
	}
	var v any
	switch {
	case c == msgpcode.Nil:
		err = t.dec.DecodeNil()
	case c == msgpcode.True || c == msgpcode.False:
		v, err = t.dec.DecodeBool()
	case c == msgpcode.Float:
		var f float32
		f, err = t.dec.DecodeFloat32()
		v = float64(f)
	case c == msgpcode.Double:
		v, err = t.dec.DecodeFloat64()
	case c == msgpcode.Uint64:
		var u uint64
		u, err = t.dec.DecodeUint64()
		if v = u; u <= math.MaxInt64 {
			v = int64(u)
		}
	case msgpcode.IsFixedNum(c) || c >= msgpcode.Uint8 && c <= msgpcode.Int64:
		v, err = t.dec.DecodeInt64()
	case msgpcode.IsString(c) || msgpcode.IsBin(c):
		var b []byte
		if b, err = t.bytes(); err != nil {
			return nil, err
		}
		if v = b; msgpcode.IsString(c) {
			v = string(b)
		}
	case msgpcode.IsFixedArray(c) || c == msgpcode.Array16 || c == msgpcode.Array32:
		return t.array(depth)
	case msgpcode.IsFixedMap(c) || c == msgpcode.Map16 || c == msgpcode.Map32:
		return t.object(depth)
	default:
		err = fmt.Errorf("code %#02x has no place in a snapshot", c)
	}
	if err != nil {
		return nil, t.fail(err)
	}
	return v, nil
}

func (t *treeReader) bytes() ([]byte, error) {
	n, err := t.dec.DecodeBytesLen()
	if err != nil {
		return nil, t.fail(err)
	}
	if err := t.length(n, 1, "a blob"); err != nil {
		return nil, err
	}
	at := t.pos()
	if _, err := t.r.Seek(int64(n), io.SeekCurrent); err != nil {
		return nil, t.fail(err)
	}
	return t.data[at : at+n : at+n], nil
}

func (t *treeReader) array(depth int) (any, error) {
	n, err := t.dec.DecodeArrayLen()
	if err != nil {
		return nil, t.fail(err)
	}
	if err := t.length(n, 1, "an array"); err != nil {
		return nil, err
	}
	if n > maxValues {
		return nil, fmt.Errorf("it holds more than %d values", maxValues)
	}
	list := make([]any, n)
	for i := range list {
		if list[i], err = t.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t *treeReader) object(depth int) (any, error) {
	n, err := t.dec.DecodeMapLen()
	if err != nil {
		return nil, t.fail(err)
	}
	if err := t.length(n, 2, "a map"); err != nil {
		return nil, err
	}
	m := make(map[string]any, min(n, 64))
	for range n {
		c, err := t.dec.PeekCode()
		if err != nil {
			return nil, t.fail(err)
		}
		if !msgpcode.IsString(c) {
			return nil, fmt.Errorf("a map key at byte %d is not a string", t.pos())
		}
		b, err := t.bytes()
		if err != nil {
			return nil, err
		}
		key := string(b)
		if _, twice := m[key]; twice {
			return nil, fmt.Errorf("the key %.40q appears twice in one map", key)
		}
		c, err = t.dec.PeekCode()
		if err == nil && key == "bytes" && (msgpcode.IsFixedArray(c) || c == msgpcode.Array16 || c == msgpcode.Array32) {
			m[key], err = t.byteArray()
		} else {
			m[key], err = t.value(depth + 1)
		}
		if err != nil {
			return nil, err
		}
	}
	// The form that a JSON library gives a blob: {"bytes": [...], "subtype": null}.
	if b, ok := m["bytes"].([]byte); ok {
		if _, sub := m["subtype"]; len(m) == 1 || len(m) == 2 && sub {
			return b, nil
		}
	}
	return m, nil
}

// byteArray reads an array of integers from 0 to 255 as a blob, without a value per element.
func (t *treeReader) byteArray() ([]byte, error) {
	n, err := t.dec.DecodeArrayLen()
	if err != nil {
		return nil, t.fail(err)
	}
	if err := t.length(n, 1, "an array"); err != nil {
		return nil, err
	}
	out := make([]byte, n)
	for i := range out {
		v, err := t.dec.DecodeInt64()
		if err != nil {
			return nil, t.fail(err)
		}
		if v < 0 || v > 255 {
			return nil, fmt.Errorf("a byte array holds %d before byte %d", v, t.pos())
		}
		out[i] = byte(v)
	}
	return out, nil
}

func kindOf(v any) string {
	switch x := v.(type) {
	case nil:
		return "nothing"
	case string:
		if len(x) > 40 {
			x = x[:40] + "..."
		}
		return strconv.Quote(x)
	case []byte:
		return fmt.Sprintf("a blob of %d bytes", len(x))
	case []any:
		return fmt.Sprintf("an array of %d", len(x))
	case map[string]any:
		return "a map"
	}
	return fmt.Sprint(v)
}

// encodeTree writes a tree: keys sorted, numbers in their shortest form, a float that survives float32 as float32.
// []uint16, []float32 and []uint32 are written as little-endian blobs.
func encodeTree(w io.Writer, v any) error {
	e := msgpack.NewEncoder(w)
	return (&treeWriter{w, e}).value(v, "")
}

type treeWriter struct {
	w io.Writer
	e *msgpack.Encoder
}

func (t *treeWriter) value(v any, path string) error {
	switch x := v.(type) {
	case nil:
		return t.e.EncodeNil()
	case bool:
		return t.e.EncodeBool(x)
	case int:
		return t.e.EncodeInt(int64(x))
	case int64:
		return t.e.EncodeInt(x)
	case uint32:
		return t.e.EncodeUint(uint64(x))
	case uint64:
		return t.e.EncodeUint(x)
	case float32:
		return t.e.EncodeFloat32(x)
	case float64:
		if f := float32(x); float64(f) == x || math.IsNaN(x) {
			return t.e.EncodeFloat32(f)
		}
		return t.e.EncodeFloat64(x)
	case string:
		return t.e.EncodeString(x)
	case []byte:
		if err := t.blob(len(x), path); err != nil {
			return err
		}
		_, err := t.w.Write(x)
		return err
	case []uint16:
		return blobOf(t, x, 2, path, binary.LittleEndian.PutUint16)
	case []uint32:
		return blobOf(t, x, 4, path, binary.LittleEndian.PutUint32)
	case []float32:
		return blobOf(t, x, 4, path, func(b []byte, f float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(f)) })
	case []any:
		if err := t.e.EncodeArrayLen(len(x)); err != nil {
			return err
		}
		for i, el := range x {
			if err := t.value(el, path+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		if err := t.e.EncodeMapLen(len(keys)); err != nil {
			return err
		}
		for _, k := range keys {
			if err := t.e.EncodeString(k); err != nil {
				return err
			}
			if err := t.value(x[k], path+"."+k); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%s has the type %T, which a snapshot cannot hold", path, v)
}

// blob writes the header of a blob of n bytes.
func (t *treeWriter) blob(n int, path string) error {
	if int64(n) > math.MaxUint32 {
		return fmt.Errorf("%s has %d bytes; MessagePack holds at most 4294967295", path, n)
	}
	return t.e.EncodeBytesLen(n)
}

func blobOf[T any](t *treeWriter, s []T, size int, path string, put func([]byte, T)) error {
	if err := t.blob(len(s)*size, path); err != nil {
		return err
	}
	buf := make([]byte, 0, 1<<14)
	for len(s) > 0 {
		n := min(len(s), cap(buf)/size)
		buf = buf[:n*size]
		for i, v := range s[:n] {
			put(buf[i*size:], v)
		}
		if _, err := t.w.Write(buf); err != nil {
			return err
		}
		s = s[n:]
	}
	return nil
}
