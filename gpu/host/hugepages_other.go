//go:build !linux

package host

// adviseHuge does nothing: the system has no such advice, or gives large pages by itself.
func adviseHuge([]byte) {}
