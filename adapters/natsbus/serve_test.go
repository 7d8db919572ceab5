package natsbus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

func serve(t testing.TB, n node, verb string, handle natsbus.Handler) {
	t.Helper()
	if err := n.Serve(context.Background(), verb, handle); err != nil {
		t.Fatal(err)
	}
}

// hearAs answers with who asked.
func hearAs(want string) natsbus.Handler {
	return func(_ context.Context, from services.Party, _ services.Request) (services.Reply, error) {
		if from.Agency != want {
			return nil, services.Refuse(services.Forbidden, "agency")
		}
		return services.Receipt{Event: from.Agency}, nil
	}
}

func TestDeskAndHubUnderstandEachOther(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	receipt := services.Receipt{Event: ids().EventID(), SHA256: schemas.Digest(nil), Recorded: recorded, Key: "k", Sig: "s"}
	section := bytes.Repeat([]byte{0xff}, schemas.MaxSection)
	agencies := services.AskReply{
		Candidates: []services.Candidate{{Agency: harbour, Why: []string{"area"}}},
		Events:     []services.StoredEvent{{Raw: []byte(`{"a":"<&>"}`), Sequence: 7, Recorded: recorded, Subject: "x"}},
	}
	var from services.Party
	heard := map[string][]byte{}
	hear := func(reply services.Reply) natsbus.Handler {
		return func(_ context.Context, p services.Party, r services.Request) (services.Reply, error) {
			from, heard[r.Verb] = p, r.Body
			return reply, nil
		}
	}
	serve(t, n, services.VerbSubmit, hear(receipt))
	serve(t, n, services.VerbSeal, hear(services.SealReply{Digest: schemas.Digest(section)}))
	serve(t, n, services.VerbOpen, hear(services.OpenReply{Ciphertext: section}))
	serve(t, n, services.VerbAsk, hear(agencies))

	d := desk(t, n, harbour)
	raw := bytes.Repeat([]byte("x"), schemas.MaxEvent)
	gotReceipt, err := d.Submit(within(t), raw)
	check(t, gotReceipt, receipt, err)
	seal := services.SealRequest{Event: ids().EventID(), Section: "offer", Ciphertext: section}
	gotDigest, err := d.Seal(within(t), seal)
	check(t, gotDigest, services.SealReply{Digest: schemas.Digest(section)}, err)
	opened, err := d.Open(within(t), services.OpenRequest{Section: "offer"})
	check(t, opened, services.OpenReply{Ciphertext: section}, err)
	asked, err := d.Ask(within(t), services.AskRequest{})
	check(t, asked, agencies, err)

	if from != (services.Party{Agency: harbour}) {
		t.Errorf("the hub was asked by %+v", from)
	}
	if !bytes.Equal(heard[services.VerbSubmit], raw) {
		t.Error("the event was changed on its way")
	}
	var sealed services.SealRequest
	err = services.ReadBody(services.Request{Body: heard[services.VerbSeal]}, &sealed)
	check(t, sealed, seal, err)
}

func check[T any](t *testing.T, got, want T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRefusalsCrossTheBusAsTheyAre(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	secret := errors.New("Invented Person One")
	cases := map[string]struct{ sent, want error }{
		"invalid": {services.RefuseInput(schemas.Problems{{Pointer: "/data/priority", Code: "enum"}}),
			services.RefuseInput(schemas.Problems{{Pointer: "/data/priority", Code: "enum"}})},
		"conflict":    {services.RefuseIn("accepted", "offer_closed"), services.RefuseIn("accepted", "offer_closed")},
		"wrapped":     {fmt.Errorf("file: %w", services.Refuse(services.Unknown, services.CodeNotVisible)), services.Refuse(services.Unknown, services.CodeNotVisible)},
		"with cause":  {services.Because(services.Later, services.CodeMoved, secret), services.Refuse(services.Later, services.CodeMoved)},
		"not refusal": {secret, services.Refuse(services.Internal, "bug")},
	}
	serve(t, n, services.VerbSubmit, func(_ context.Context, _ services.Party, r services.Request) (services.Reply, error) {
		return nil, cases[string(r.Body)].sent
	})
	d := desk(t, n, harbour)
	for name, c := range cases {
		_, err := d.Submit(within(t), []byte(name))
		var got *services.Error
		if !errors.As(err, &got) {
			t.Fatalf("%s: %v is no refusal", name, err)
		}
		if diff := cmp.Diff(services.AsError(c.want), got, cmpopts.IgnoreUnexported(services.Error{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if strings.Contains(err.Error(), secret.Error()) {
			t.Errorf("%s: the cause crossed the bus", name)
		}
	}
}

func TestHandlersFailWithoutSilence(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	serve(t, n, services.VerbSubmit, func(_ context.Context, _ services.Party, r services.Request) (services.Reply, error) {
		switch string(r.Body) {
		case "panic":
			panic("Invented Person One")
		case "large":
			return services.AskReply{Events: []services.StoredEvent{{Raw: make([]byte, 512<<10)}}}, nil
		}
		return func() {}, nil // cannot be written as JSON
	})
	d := desk(t, n, harbour)
	for body, code := range map[string]string{"panic": "panic", "large": "reply_too_large", "func": "reply"} {
		_, err := d.Submit(within(t), []byte(body))
		wantKind(t, err, services.Internal, code)
	}
}

func TestNoHubIsLater(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	_, err := desk(t, n, harbour).Submit(within(t), []byte("{}"))
	wantKind(t, err, services.Later, services.CodeBusAway)
	wantKind(t, n.Serve(within(t), "submit.x", nil), services.Invalid, "verb")
	n.Hub.Close()
	wantKind(t, n.Serve(within(t), services.VerbSubmit, nil), services.Later, services.CodeBusAway)
}

func TestRequestsThatAreTooLarge(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	var handled atomic.Int32
	serve(t, n, services.VerbSubmit, func(context.Context, services.Party, services.Request) (services.Reply, error) {
		handled.Add(1)
		return struct{}{}, nil
	})
	body := make([]byte, natsbus.MaxRequest+1)
	_, err := desk(t, n, harbour).Submit(within(t), body)
	wantKind(t, err, services.TooLarge, "request")
	wantKind(t, rawRequest(t, enter(t, n, harbour), body, nil), services.TooLarge, "request")
	if handled.Load() != 0 {
		t.Fatal("a request that is too large was handled")
	}
}

// rawRequest asks as a client would that is not ours, and returns the refusal.
func rawRequest(t *testing.T, nc *nats.Conn, body []byte, h nats.Header) error {
	t.Helper()
	m, err := nc.RequestMsgWithContext(within(t), &nats.Msg{Subject: "saphan.submit", Data: body, Header: h})
	if err != nil {
		t.Fatal(err)
	}
	var a struct{ Error *services.Error }
	if err := json.Unmarshal(m.Data, &a); err != nil {
		t.Fatal(err)
	}
	if a.Error == nil {
		return nil
	}
	return a.Error
}

func TestWhoAsksMustBeAnAgency(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	serve(t, n, services.VerbSubmit, func(context.Context, services.Party, services.Request) (services.Reply, error) {
		return nil, errors.New("handled")
	})
	if _, err := n.Accounts.Open(within(t), harbour); err != nil { // the directory has not heard of it
		t.Fatal(err)
	}
	wantKind(t, rawRequest(t, enter(t, n, harbour), nil, nil), services.Forbidden, "agency")
}

// Groups 31, 32 and 75 of the bad inputs. The broker acts on some headers. Those of a request must not come as far as
// what is stored for it.
func TestHeadersOfARequestHaveNoEffect(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	scope := newCase()
	serve(t, n, services.VerbSubmit, func(ctx context.Context, _ services.Party, r services.Request) (services.Reply, error) {
		facts, err := n.Ledger.Read(ctx, scope)
		if err != nil {
			return nil, err
		}
		e := next(t, scope, facts)
		e.Event, e.Raw = string(r.Body), encode(t, scope, string(r.Body))
		f, err := n.Ledger.Append(ctx, e)
		return services.Receipt{Event: f.ID()}, err
	})
	headers := nats.Header{
		"Nats-Rollup": {"all"}, "Nats-TTL": {"1s"}, "Nats-Msg-Id": {"one"}, "Nats-Expected-Last-Sequence": {"99"},
		"Nats-Expected-Stream": {"VAULT"}, "Nats-Expected-Last-Msg-Id": {"one"}, "Nats-Expected-Last-Subject-Sequence": {"99"},
		"Nats-Batch-Id": {"one"}, "Nats-Batch-Sequence": {"7"}, "Nats-Batch-Commit": {"1"}, "Nats-Required-Api-Level": {"99"},
		"Nats-Schedule": {"@at 2099-01-01T00:00:00Z"}, "Nats-Schedule-Target": {"ledger.case.x"}, "Nats-Schedule-Ttl": {"1s"}, "Nats-Incr": {"+1"},
		"Nats-Request-Info": {`{"acc":"` + riverside + `"}`}, "Saphan-Recorded": {"1999-01-01T00:00:00.000Z"},
	}
	join(t, n, harbour)
	nc := enter(t, n, harbour)
	for range 3 {
		if err := rawRequest(t, nc, []byte(ids().EventID()), headers); err != nil {
			t.Fatal(err)
		}
	}
	facts, err := n.Ledger.Read(within(t), scope)
	if err != nil || len(facts) != 3 {
		t.Fatalf("%d of 3 facts are there, %v", len(facts), err)
	}
	js, err := jetstream.New(n.nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(within(t), natsbus.StreamLedger)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		m, err := stream.GetMsg(within(t), f.Sequence)
		if err != nil {
			t.Fatal(err)
		}
		for name := range headers {
			if m.Header.Get(name) == headers[name][0] { // some of these names the hub sets itself
				t.Errorf("header %s was stored", name)
			}
		}
		if f.Recorded.Year() != recorded.Year() {
			t.Error("the sender chose when it was recorded")
		}
	}
}

func TestAReplyGoesOnlyWhereRepliesGo(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir())
	serve(t, n, services.VerbSubmit, func(context.Context, services.Party, services.Request) (services.Reply, error) {
		return struct{}{}, nil
	})
	to, err := natsbus.InboxSubject(riverside, newCase().ID, ids().EventID())
	if err != nil {
		t.Fatal(err)
	}
	join(t, n, harbour)
	nc := enter(t, n, harbour)
	for _, reply := range []string{to, "ledger.x", "$JS.API.STREAM.PURGE.INBOX", "submit." + riverside} {
		if err := nc.PublishRequest("saphan.submit", reply, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := rawRequest(t, nc, nil, nil); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(n.nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(within(t), natsbus.StreamInbox)
	if err != nil {
		t.Fatal(err)
	}
	if msgs := stream.CachedInfo().State.Msgs; msgs != 0 {
		t.Errorf("%d replies were stored in an inbox", msgs)
	}
}
