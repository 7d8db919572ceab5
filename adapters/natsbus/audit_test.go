package natsbus_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func TestAuditKeepsNothingOfTheSender(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	refused := &services.Error{Kind: services.Invalid, Code: "schema", State: "x", Problems: []schemas.Problem{{Pointer: "/data/x", Code: "enum"}}}
	n.Audit.Refused(within(t), services.Party{Agency: harbour}, "referral.accepted", refused)
	n.Audit.Refused(within(t), services.Party{Agency: "Invented Person One.>"}, "invented.person", refused)
	n.Audit.Refused(within(t), services.Party{Service: "routing"}, "", refused)
	js, err := jetstream.New(n.nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(within(t), natsbus.StreamAudit)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`audit.shelter-harbour {"agency":"shelter-harbour","type":"referral.accepted","kind":"invalid","code":"schema"}`,
		`audit.hub {"kind":"invalid","code":"schema"}`,
		`audit.hub {"service":"routing","kind":"invalid","code":"schema"}`,
	} {
		var m *jetstream.RawStreamMsg
		eventually(t, "a refusal", func() bool {
			m, err = stream.GetMsg(within(t), uint64(i+1))
			return err == nil
		})
		if got := m.Subject + " " + string(m.Data); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
