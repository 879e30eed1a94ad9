// Package sysmem says how much memory there is to use.
package sysmem

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// Available is what Linux says can be used without swapping, within the control group's limit; 0 where nobody says.
func Available() int64 {
	var have int64
	if f, err := os.Open("/proc/meminfo"); err == nil {
		defer f.Close()
		for sc := bufio.NewScanner(f); sc.Scan(); {
			if w := strings.Fields(sc.Text()); len(w) >= 2 && w[0] == "MemAvailable:" {
				if kb, err := strconv.ParseInt(w[1], 10, 64); err == nil {
					have = kb << 10
				}
			}
		}
	}
	if b, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && (have == 0 || n < have) {
			have = n
		}
	}
	return have
}
