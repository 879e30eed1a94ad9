package config

import "testing"

func TestDiffer(t *testing.T) {
	load := func(name string) *Config {
		c, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, c := range []struct{ a, b, want string }{
		{"nerf/base", "nerf/base", ""},
		{"nerf/base", "nerf/hashgrid", ""},
		{"nerf/base", "nerf/big", "encoding.log2_hashmap_size is 19 in one and 21 in the other"},
		{"nerf/base", "image/base", "dir_encoding is other values in one and absent in the other"},
	} {
		if got := Differ(load(c.a), load(c.b)); got != c.want {
			t.Errorf("%s and %s: %q, want %q", c.a, c.b, got, c.want)
		}
	}
}
