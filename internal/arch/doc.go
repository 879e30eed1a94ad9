// Package arch has no code: its tests are the rules of ARCHITECTURE.md.
package arch
