package httpapi_test

import (
	"strings"
	"testing"

	"github.com/saphan-project/saphan/adapters/httpapi"
)

func TestServerHasLimits(t *testing.T) {
	t.Parallel()
	s := httpapi.Server(nil, "127.0.0.1:0")
	for name, d := range map[string]bool{
		"header": s.ReadHeaderTimeout > 0, "read": s.ReadTimeout > 0, "write": s.WriteTimeout > 0,
		"idle": s.IdleTimeout > 0, "size": s.MaxHeaderBytes > 0,
	} {
		if !d {
			t.Errorf("no limit: %s", name)
		}
	}
}

func TestHeadersAreLimited(t *testing.T) {
	t.Parallel()
	got := start(t).send(t, ask{"GET", "/livez", "", map[string]string{"X-Large": strings.Repeat("x", 64<<10)}})
	if got.status != 431 {
		t.Errorf("status %d", got.status)
	}
}
