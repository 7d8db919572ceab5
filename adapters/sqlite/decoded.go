package sqlite

import (
	"sync"

	"github.com/saphan-project/saphan/services"
)

// maxDecoded is how many facts are kept decoded: about 10 MB.
const maxDecoded = 4096

// decoded keeps facts by their bytes. A case is read again whenever something
// comes to it, and to decode a fact takes ten times as long as to read it. Facts
// are shared: nobody changes anything inside. The zero value is ready.
type decoded struct {
	mu    sync.Mutex
	facts map[string]services.Fact
}

// fact reads a stored fact back.
func (d *decoded) fact(s services.StoredEvent) (services.Fact, error) {
	d.mu.Lock()
	f, known := d.facts[string(s.Raw)]
	d.mu.Unlock()
	if known {
		f.Sequence, f.Recorded, f.Subject = s.Sequence, s.Recorded.UTC(), s.Subject
		return f, nil
	}
	f, err := s.Fact()
	if err != nil {
		return f, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.facts == nil || len(d.facts) >= maxDecoded {
		d.facts = make(map[string]services.Fact)
	}
	d.facts[string(f.Bytes)] = f
	return f, nil
}

// forget drops everything, and with it what may no longer be kept.
func (d *decoded) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.facts = nil
}
