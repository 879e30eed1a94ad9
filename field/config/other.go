package config

import (
	"fmt"
	"math"
	"strings"
)

// Losses are the names of the losses with which every kind of field can be trained.
func Losses() []string {
	return []string{"L2", "L1", "Huber", "MAPE", "SMAPE", "LogL1", "RelativeL2", "RelativeL1"}
}

// WithLearning returns the configuration with another loss, or another learning rate; "" and 0 leave what it has. All else of its tree stays.
func (c *Config) WithLearning(loss string, rate float64) (*Config, error) {
	if loss == "" && rate == 0 {
		return c, nil
	}
	t := c.Tree()
	if loss != "" {
		found := false
		for _, n := range Losses() {
			if strings.EqualFold(n, loss) {
				t["loss"], found = map[string]any{"otype": n}, true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no loss %q; losses: %s", loss, strings.Join(Losses(), ", "))
		}
	}
	if rate != 0 {
		if !(rate > 0 && rate <= mostRate) || math.IsInf(rate, 0) {
			return nil, fmt.Errorf("learning rate %v: must be above 0 and at most %d", rate, mostRate)
		}
		o, ok := t["optimizer"].(map[string]any)
		for ok {
			next, nested := o["nested"].(map[string]any)
			if !nested {
				o["learning_rate"] = shortest(float32(rate))
				break
			}
			o = next
		}
		if !ok {
			return nil, fmt.Errorf("%s: there is no optimizer", c.Name)
		}
	}
	out, err := FromTree(t, c.Name)
	if err != nil {
		return nil, err
	}
	out.Files = c.Files
	return out, nil
}

// mostRate is the largest learning rate.
const mostRate = 1000
