package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
)

// Differ names the first key, in alphabetical order, in which two configurations differ with every default filled in, and
// both values; "" where they are the same.
func Differ(a, b *Config) string {
	trees := [2]any{}
	for i, c := range []*Config{a, b} {
		text, err := json.Marshal(c)
		if err == nil {
			err = json.Unmarshal(text, &trees[i])
		}
		if err != nil {
			return err.Error()
		}
	}
	return differ("", trees[0], trees[1])
}

func differ(at string, a, b any) string {
	x, okX := a.(map[string]any)
	y, okY := b.(map[string]any)
	if !okX || !okY {
		if reflect.DeepEqual(a, b) {
			return ""
		}
		return fmt.Sprintf("%s is %s in one and %s in the other", at, brief(a), brief(b))
	}
	names := map[string]bool{}
	for k := range x {
		names[k] = true
	}
	for k := range y {
		names[k] = true
	}
	var list []string
	for k := range names {
		list = append(list, k)
	}
	sort.Strings(list)
	for _, k := range list {
		under := k
		if at != "" {
			under = at + "." + k
		}
		if d := differ(under, x[k], y[k]); d != "" {
			return d
		}
	}
	return ""
}

func brief(v any) string {
	switch v.(type) {
	case nil:
		return "absent"
	case map[string]any, []any:
		return "other values"
	}
	text, _ := json.Marshal(v)
	return fmt.Sprintf("%.40s", text)
}
