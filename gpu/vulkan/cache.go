//go:build cgo && (linux || darwin || freebsd)

package vulkan

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/radia-go/radia/internal/atomicfile"
)

// pipelineCache keeps compiled pipelines in a file, one per device and driver version. The file is a magic word, a
// SHA-256 of the rest, and the driver's data; whatever is not exactly that is ignored and written anew.
type pipelineCache struct {
	handle  uint64
	path    string // "" keeps no file
	changed bool
	sum     [32]byte // of the data as loaded
	loaded  bool     // the file was good
}

const (
	cacheMagic = "radiaVK1"
	cacheMost  = 256 << 20 // a larger file is not read
)

func (c *pipelineCache) load(d *Device) error {
	dir := d.opt.CacheDir
	if dir == "" {
		if user, err := os.UserCacheDir(); err == nil {
			dir = filepath.Join(user, "radia")
		}
	}
	var data []byte
	if dir != "" && dir != "none" {
		id := d.p.caps.uuid()
		key := binary.LittleEndian.AppendUint32(append(id[:], d.p.cacheUUID[:]...), d.p.driver)
		hash := sha256.Sum256(key)
		c.path = filepath.Join(dir, "pipelines-"+hex.EncodeToString(hash[:8])+".bin")
		data = c.read(d)
	}
	var err error
	if c.handle, err = d.h.newCache(data); err != nil && data != nil {
		c.loaded = false
		c.handle, err = d.h.newCache(nil) // the driver does not like its own data: start over
	}
	return err
}

// read returns the driver's data from the file, nil when it is absent, damaged, or of another device or driver.
func (c *pipelineCache) read(d *Device) []byte {
	if st, err := os.Stat(c.path); err != nil || st.Size() > cacheMost {
		return nil
	}
	file, err := os.ReadFile(c.path)
	const head = len(cacheMagic) + sha256.Size
	if err != nil || len(file) < head+32 || string(file[:len(cacheMagic)]) != cacheMagic {
		return nil
	}
	data := file[head:]
	sum := sha256.Sum256(data)
	if !bytes.Equal(sum[:], file[len(cacheMagic):head]) {
		return nil
	}
	// The header that Vulkan prescribes: length, version 1, vendor, device, UUID of the driver's cache format.
	le := binary.LittleEndian
	if le.Uint32(data) < 32 || le.Uint32(data[4:]) != 1 || le.Uint32(data[8:]) != d.p.vendor || le.Uint32(data[12:]) != d.p.deviceID ||
		!bytes.Equal(data[16:32], d.p.cacheUUID[:]) {
		return nil
	}
	c.sum, c.loaded = sum, true
	return data
}

// save writes the file when pipelines were compiled that it did not hold. A folder that cannot be written is no
// error: the cache only saves time.
func (c *pipelineCache) save(d *Device) error {
	if c.path == "" || !c.changed || d.failure != nil {
		return nil
	}
	data, err := d.h.cacheData(c.handle)
	if err != nil {
		return fmt.Errorf("cannot read the pipeline cache of %s: %w", d.info.Name, err)
	}
	sum := sha256.Sum256(data)
	if len(data) < 32 || sum == c.sum {
		return nil
	}
	if os.MkdirAll(filepath.Dir(c.path), 0o755) != nil {
		return nil
	}
	atomicfile.Write(c.path, append(append([]byte(cacheMagic), sum[:]...), data...))
	return nil
}
