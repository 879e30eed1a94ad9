package config

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// document is one file of a parent chain, before merging.
type document struct {
	file string
	tree map[string]any
}

// decoder turns a merged tree into typed values. The first problem is kept and everything after it is skipped.
type decoder struct {
	docs    []document // the file itself, its parent, its parent's parent …
	name    string     // what to call the source where no document explains a key
	lenient bool       // ignore unknown keys: the trees of snapshots carry the state of other programs
	err     error
}

// node is one JSON object at a path of the tree.
type node struct {
	d     *decoder
	m     map[string]any
	path  []string
	known map[string]bool
}

func (d *decoder) root(m map[string]any) *node {
	return &node{d: d, m: m, known: map[string]bool{}}
}

// origin is the index of the document that last set the value at path, or −1.
func (d *decoder) origin(path []string) int {
	for i, doc := range d.docs {
		var v any = doc.tree
		found := true
		for _, p := range path {
			switch x := v.(type) {
			case map[string]any:
				v, found = x[p]
			case []any:
				k, err := strconv.Atoi(strings.Trim(p, "[]"))
				if found = err == nil && k < len(x); found {
					v = x[k]
				}
			default:
				found = false
			}
			if !found {
				break
			}
		}
		if found {
			return i
		}
	}
	return -1
}

func (d *decoder) fileOf(path []string) string {
	for n := len(path); n > 0; n-- { // an absent key is reported for the object that lacks it
		if i := d.origin(path[:n]); i >= 0 {
			return d.docs[i].file
		}
	}
	return d.name
}

func pathString(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
}

func (n *node) sub(key string) []string {
	return append(append([]string(nil), n.path...), key)
}

// fail records the error "FILE: PATH MESSAGE".
func (n *node) fail(key, format string, args ...any) {
	if n.d.err != nil {
		return
	}
	path := n.sub(key)
	n.d.err = fmt.Errorf("%s: %s %s", n.d.fileOf(path), pathString(path), fmt.Sprintf(format, args...))
}

// take returns the value of key and marks the key as known. JSON null counts as absent.
func (n *node) take(key string) (any, bool) {
	n.known[key] = true
	v, ok := n.m[key]
	return v, ok && v != nil && n.d.err == nil
}

// show prints a value for a message, shortened.
func show(v any) string {
	s := fmt.Sprint(v)
	switch x := v.(type) {
	case string:
		s = strconv.Quote(x)
	case map[string]any:
		s = "an object"
	case []any:
		s = "an array"
	}
	if len(s) > 60 {
		s = s[:57] + "..."
	}
	return s
}

func (n *node) int(key string, def, lo, hi int) int {
	v, ok := n.take(key)
	if !ok {
		return def
	}
	f, isNum := number(v)
	if !isNum || f != math.Trunc(f) {
		n.fail(key, "is %s; it must be a whole number from %d to %d", show(v), lo, hi)
		return def
	}
	if f < float64(lo) || f > float64(hi) {
		n.fail(key, "is %s; it must be from %d to %d", show(v), lo, hi)
		return def
	}
	return int(f)
}

func (n *node) float(key string, def float32, lo, hi float64) float32 {
	v, ok := n.take(key)
	if !ok {
		return def
	}
	f, isNum := number(v)
	if !isNum {
		n.fail(key, "is %s; it must be a number", show(v))
		return def
	}
	if !(f >= lo && f <= hi) {
		n.fail(key, "is %s; it must be from %g to %g", show(v), lo, hi)
		return def
	}
	return float32(f)
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case int:
		return float64(x), true
	case int64:
		return float64(x), true
	case uint64:
		return float64(x), true
	case float32:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

func (n *node) bool(key string, def bool) bool {
	v, ok := n.take(key)
	if !ok {
		return def
	}
	b, isBool := v.(bool)
	if !isBool {
		n.fail(key, "is %s; it must be true or false", show(v))
		return def
	}
	return b
}

// choice returns the canonical spelling of one of the words; case does not matter. An empty def means required.
func (n *node) choice(key, def string, words []string) string {
	v, ok := n.take(key)
	if !ok {
		if def == "" && n.d.err == nil {
			n.fail(key, "is missing; it must be one of %s", strings.Join(words, ", "))
		}
		return def
	}
	s, _ := v.(string)
	for _, w := range words {
		if strings.EqualFold(w, s) {
			return w
		}
	}
	n.fail(key, "is %s; it must be one of %s%s", show(v), strings.Join(words, ", "), suggestion(s, words))
	return def
}

// object returns the object at key, or nil.
func (n *node) object(key string) *node {
	v, ok := n.take(key)
	if !ok {
		return nil
	}
	m, isMap := v.(map[string]any)
	if !isMap {
		n.fail(key, "is %s; it must be an object", show(v))
		return nil
	}
	return &node{d: n.d, m: m, path: n.sub(key), known: map[string]bool{}}
}

// objects returns the objects of the array at key.
func (n *node) objects(key string, limit int) []*node {
	v, ok := n.take(key)
	if !ok {
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		n.fail(key, "is %s; it must be an array of objects", show(v))
		return nil
	}
	if len(list) > limit {
		n.fail(key, "has %d entries; at most %d are allowed", len(list), limit)
		return nil
	}
	var out []*node
	for i, e := range list {
		m, isMap := e.(map[string]any)
		if !isMap {
			n.fail(key, "holds %s; every entry must be an object", show(e))
			return nil
		}
		path := append(n.sub(key), "["+strconv.Itoa(i)+"]")
		out = append(out, &node{d: n.d, m: m, path: path, known: map[string]bool{}})
	}
	return out
}

// neutral accepts a key of other programs only at the value that changes nothing.
func (n *node) neutral(key string, allowed any) {
	v, ok := n.take(key)
	if !ok {
		return
	}
	if a, isNum := number(allowed); isNum {
		if f, ok := number(v); ok && f == a {
			return
		}
	} else if v == allowed {
		return
	} else if s, isStr := v.(string); isStr && strings.EqualFold(s, fmt.Sprint(allowed)) {
		return
	}
	n.fail(key, "is %s; only %s is supported", show(v), show(allowed))
}

// close rejects keys that nothing asked for. A key that an ancestor file set for another otype of the same family,
// and that the file choosing the present otype merely inherited, is removed from the tree instead: replacing the
// otype of a parent is the purpose of a child.
func (n *node) close(family map[string]bool) {
	if n.d.lenient || n.d.err != nil {
		return
	}
	var unknown []string
	for k := range n.m {
		if !n.known[k] {
			unknown = append(unknown, k)
		}
	}
	sort.Strings(unknown)
	for _, k := range unknown {
		if family[k] && n.d.origin(n.sub(k)) > n.d.origin(n.sub("otype")) {
			delete(n.m, k)
			continue
		}
		var names []string
		for name := range n.known {
			names = append(names, name)
		}
		sort.Strings(names)
		n.fail(k, "is not a known key%s", suggestion(k, names))
		return
	}
}

// suggestion is " (did you mean X?)" for the closest of the names, where one is close.
func suggestion(word string, names []string) string {
	best, dist := "", len(word)/2+1
	if len(word) > 100 {
		return ""
	}
	for _, n := range names {
		if d := editDistance(strings.ToLower(word), strings.ToLower(n)); d < dist && d <= 3 {
			best, dist = n, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// editDistance is the Levenshtein distance with adjacent transpositions (optimal string alignment).
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// shortest is the float64 that prints like f, so that 0.1 stays 0.1 in JSON.
func shortest(f float32) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	return v
}
