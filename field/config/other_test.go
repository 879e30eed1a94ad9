package config

import "testing"

// TestWithLearning: loss and rate of every preset change, in the optimiser wherever it is nested, and nothing else does.
func TestWithLearning(t *testing.T) {
	for _, name := range Presets() {
		c, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		other, err := c.WithLearning("smape", 0.25)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if other.Loss.OType != "SMAPE" || other.Optimizer.Adam.LearningRate != 0.25 || other.Name != c.Name {
			t.Errorf("%s: loss %s, rate %v, name %s", name, other.Loss.OType, other.Optimizer.Adam.LearningRate, other.Name)
		}
		// Its tree says so too, which is what a snapshot keeps.
		again, err := FromTree(other.Tree(), name)
		if err != nil {
			t.Fatal(err)
		}
		if what := Differ(other, again); what != "" {
			t.Errorf("%s: the tree differs: %s", name, what)
		}
		back, err := other.WithLearning(c.Loss.OType, float64(c.Optimizer.Adam.LearningRate))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if what := Differ(c, back); what != "" {
			t.Errorf("%s: changed and changed back, %s", name, what)
		}
		if c.Optimizer.Adam.LearningRate == 0.25 {
			t.Errorf("%s: the original changed", name)
		}
	}
	c, err := Load("base")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		loss string
		rate float64
	}{{"L3", 0}, {"CrossEntropy", 0}, {"", -1}, {"", 1001}} {
		if _, err := c.WithLearning(bad.loss, bad.rate); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
