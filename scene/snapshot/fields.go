package snapshot

import (
	"fmt"
	"math"
)

// fields takes typed values out of a map; what is not taken stays. The first problem is kept in err, which all the
// fields of one snapshot share, and later calls return zero values.
type fields struct {
	m    map[string]any
	path string
	err  *error
}

func (f fields) fail(key, format string, args ...any) {
	if *f.err == nil {
		*f.err = fmt.Errorf("%s.%s %s", f.path, key, fmt.Sprintf(format, args...))
	}
}

// take removes a key. A null counts as absent.
func (f fields) take(key string) (any, bool) {
	v, ok := f.m[key]
	delete(f.m, key)
	return v, ok && v != nil && *f.err == nil
}

func (f fields) has(key string) bool { v, ok := f.m[key]; return ok && v != nil }

func (f fields) sub(key string) (fields, bool) {
	v, ok := f.take(key)
	if !ok {
		return fields{}, false
	}
	m, isMap := v.(map[string]any)
	if !isMap {
		f.fail(key, "is %s; it must be a map", kindOf(v))
		return fields{}, false
	}
	return fields{m, f.path + "." + key, f.err}, true
}

func (f fields) list(key string) []any {
	v, ok := f.take(key)
	if !ok {
		return nil
	}
	l, isList := v.([]any)
	if !isList {
		f.fail(key, "is %s; it must be an array", kindOf(v))
	}
	return l
}

// maps is the entries of a list, each a map.
func (f fields) maps(key string) []fields {
	l := f.list(key)
	out := make([]fields, len(l))
	for i, v := range l {
		m, ok := v.(map[string]any)
		if !ok {
			f.fail(key, "[%d] is %s; it must be a map", i, kindOf(v))
			return nil
		}
		out[i] = fields{m, fmt.Sprintf("%s.%s[%d]", f.path, key, i), f.err}
	}
	return out
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case int64:
		return float64(x), true
	case uint64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

func (f fields) float(key string, def float64) float64 {
	v, ok := f.take(key)
	if !ok {
		return def
	}
	x, isNum := number(v)
	if !isNum {
		f.fail(key, "is %s; it must be a number", kindOf(v))
	}
	return x
}

func (f fields) float32(key string, def float32) float32 { return float32(f.float(key, float64(def))) }

func (f fields) int(key string, def, lo, hi int64) int64 {
	v, ok := f.take(key)
	if !ok {
		return def
	}
	var n int64
	switch x := v.(type) {
	case int64:
		n = x
	case float64:
		if !(x == math.Trunc(x) && math.Abs(x) <= 1<<53) {
			f.fail(key, "is %v; it must be a whole number", x)
			return def
		}
		n = int64(x)
	default:
		f.fail(key, "is %s; it must be a whole number", kindOf(v))
		return def
	}
	if n < lo || n > hi {
		f.fail(key, "is %d; it must be from %d to %d", n, lo, hi)
		return def
	}
	return n
}

func (f fields) uint64(key string) uint64 {
	switch v, _ := f.take(key); x := v.(type) {
	case uint64:
		return x
	case int64:
		if x >= 0 {
			return uint64(x)
		}
	}
	f.fail(key, "must be a non-negative whole number")
	return 0
}

func (f fields) bool(key string, def bool) bool {
	v, ok := f.take(key)
	if !ok {
		return def
	}
	b, isBool := v.(bool)
	if !isBool {
		f.fail(key, "is %s; it must be true or false", kindOf(v))
	}
	return b
}

func (f fields) str(key string) string {
	v, ok := f.take(key)
	if !ok {
		return ""
	}
	s, isStr := v.(string)
	if !isStr {
		f.fail(key, "is %s; it must be a string", kindOf(v))
	}
	return s
}

// blob is a blob whose length is a multiple of size; absent is nil.
func (f fields) blob(key string, size int) []byte {
	v, ok := f.take(key)
	if !ok {
		return nil
	}
	b, isBlob := v.([]byte)
	if !isBlob {
		f.fail(key, "is %s; it must be a blob", kindOf(v))
		return nil
	}
	if len(b)%size != 0 {
		f.fail(key, "has %d bytes, which is no multiple of %d", len(b), size)
		return nil
	}
	return b
}

// floats fills dst; absent leaves it as it is.
func (f fields) floats(key string, dst []float32) {
	v, ok := f.take(key)
	if ok && !fillFloats(dst, v) {
		f.fail(key, "must be %d numbers", len(dst))
	}
}

func fillFloats(dst []float32, v any) bool {
	l, isList := v.([]any)
	if !isList || len(l) != len(dst) {
		return false
	}
	for i, e := range l {
		x, isNum := number(e)
		if !isNum {
			return false
		}
		dst[i] = float32(x)
	}
	return true
}

// vector is a list of numbers of any length.
func (f fields) vector(key string) []float32 {
	l := f.list(key)
	if l == nil {
		return nil
	}
	out := make([]float32, len(l))
	if !fillFloats(out, l) {
		f.fail(key, "must be numbers")
	}
	return out
}

func (f fields) ints(key string, dst []int64) {
	v, ok := f.take(key)
	if !ok {
		return
	}
	l, isList := v.([]any)
	good := isList && len(l) == len(dst)
	for i := 0; good && i < len(dst); i++ {
		x, isNum := number(l[i])
		good = isNum && x == math.Trunc(x) && math.Abs(x) <= 1<<31
		dst[i] = int64(x)
	}
	if !good {
		f.fail(key, "must be %d whole numbers", len(dst))
	}
}

// rows fills the rows of a matrix; absent leaves them.
func (f fields) rows(key string, rows ...[]float32) {
	v, ok := f.take(key)
	if !ok {
		return
	}
	l, isList := v.([]any)
	good := isList && len(l) == len(rows)
	for i := 0; good && i < len(rows); i++ {
		good = fillFloats(rows[i], l[i])
	}
	if !good {
		f.fail(key, "must be %d rows of %d numbers", len(rows), len(rows[0]))
	}
}

func (f fields) matrix(key string, m *Matrix) { f.rows(key, m[0][:], m[1][:], m[2][:]) }

func (f fields) matrix3(key string, m *[3][3]float32) { f.rows(key, m[0][:], m[1][:], m[2][:]) }

func (f fields) box(key string, b *Box) {
	if s, ok := f.sub(key); ok {
		s.floats("min", b.Min[:])
		s.floats("max", b.Max[:])
	}
}

// rest is what nobody took, or nil.
func (f fields) rest() map[string]any {
	if len(f.m) == 0 {
		return nil
	}
	return f.m
}

// floatList is the tree form of a vector.
func floatList(v []float32) []any {
	out := make([]any, len(v))
	for i, x := range v {
		out[i] = x
	}
	return out
}

func intList(v []int64) []any {
	out := make([]any, len(v))
	for i, x := range v {
		out[i] = x
	}
	return out
}

func matrixRows(m Matrix) []any {
	return []any{floatList(m[0][:]), floatList(m[1][:]), floatList(m[2][:])}
}

func matrix3Rows(m [3][3]float32) []any {
	return []any{floatList(m[0][:]), floatList(m[1][:]), floatList(m[2][:])}
}

func boxTree(b Box) map[string]any {
	return map[string]any{"min": floatList(b.Min[:]), "max": floatList(b.Max[:])}
}
