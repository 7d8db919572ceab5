package natsbus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/saphan-project/saphan/schemas"
)

// ErrWall says that one agency could read or disturb another one.
var ErrWall = errors.New("the wall between agencies does not hold")

// selfTestTime is how long a self-test may take; it needs about a tenth of a second.
const selfTestTime = 30 * time.Second

// SelfTest opens two agencies that nobody knows, has one try everything against
// the other, and closes them again. It fails with ErrWall and the attempt when
// anything was seen, stored or disturbed. The intruder has no permissions to keep
// him back, as an agency's real users have: the accounts alone must do.
func (h *Hub) SelfTest(ctx context.Context) error { return h.selfTest(ctx, nil) }

// selfTest is SelfTest, with doors that the intruder has beside an agency's.
func (h *Hub) selfTest(ctx context.Context, open []door) error {
	ctx, cancel := context.WithTimeout(ctx, selfTestTime)
	defer cancel()
	intruder, err := h.standIn(ctx, "selftest-a-"+h.instance, open)
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	defer intruder.leave(ctx)
	victim, err := h.standIn(ctx, "selftest-b-"+h.instance, nil)
	if err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	defer victim.leave(ctx)
	if err := h.intrude(ctx, intruder, victim); err != nil {
		return fmt.Errorf("self-test: %w", err)
	}
	return nil
}

// intrude has the victim be handed a fact while the intruder listens, and then
// the intruder try everything.
func (h *Hub) intrude(ctx context.Context, intruder, victim *standIn) error {
	heard, err := intruder.nc.SubscribeSync(rest)
	if err != nil {
		return err
	}
	if err := intruder.nc.Flush(); err != nil {
		return err
	}
	n, err := victim.expose(ctx)
	if err != nil {
		return err
	}
	if m, err := heard.NextMsg(quiet); err == nil {
		return fmt.Errorf("%w: heard %s", ErrWall, m.Subject)
	}
	if err := heard.Unsubscribe(); err != nil {
		return err
	}
	if err := try(ctx, intruder.nc, attempts(intruder.account, n)); err != nil {
		return err
	}
	return victim.unharmed(ctx, n)
}

// quiet is how long nothing more must be heard. What is answered at all is
// answered within a millisecond.
const quiet = 50 * time.Millisecond

// try makes every attempt, and fails when one is answered with more than a
// refusal. Some are not answered at all.
func try(ctx context.Context, nc *nats.Conn, all []attempt) error {
	answers := make(chan *nats.Msg, len(all)+1)
	to := nats.NewInbox()
	sub, err := nc.ChanSubscribe(to+".*", answers)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is gone
	for i, a := range all {
		if err := nc.PublishMsg(a.message(fmt.Sprintf("%s.%d", to, i))); err != nil {
			return err
		}
	}
	if err := nc.FlushWithContext(ctx); err != nil {
		return err
	}
	for {
		select {
		case m := <-answers:
			if !refuses(m) {
				return fmt.Errorf("%w: %s was answered", ErrWall, all[place(m.Subject)].name())
			}
		case <-time.After(quiet):
			return ctx.Err()
		}
	}
}

// place reads which attempt an answer is for.
func place(reply string) int {
	n, _ := strconv.Atoi(reply[strings.LastIndexByte(reply, '.')+1:])
	return n
}

// refuses reports whether an answer says only that nobody listens, or that the
// intruder's own account has no streams: this comes from the broker itself, and
// anything else from where the intruder must not get.
func refuses(m *nats.Msg) bool {
	if m.Header.Get(statusHeader) == statusNobody {
		return true
	}
	var a struct {
		Error struct {
			Code int `json:"err_code"`
		}
	}
	return json.Unmarshal(m.Data, &a) == nil && slices.Contains([]int{codeNoStreams, codeNoCluster}, a.Error.Code)
}

const (
	statusNobody  = "503" // of an answer when nobody listens
	codeNoStreams = 10039
	codeNoCluster = 10010
)

// standIn is an agency for the time of a self-test.
type standIn struct {
	hub     *Hub
	agency  string
	account string
	nc      *nats.Conn
	waits   *nats.Subscription // where it waits for an answer
	kept    []byte             // what its inbox holds
}

func (h *Hub) standIn(ctx context.Context, agency string, open []door) (*standIn, error) {
	u, account, err := h.unrestricted(ctx, open)
	if err != nil {
		return nil, err
	}
	s := &standIn{hub: h, agency: agency, account: account}
	if err := h.OpenInbox(ctx, agency, account); err != nil {
		return nil, err
	}
	if s.nc, err = h.connect(u, agency); err != nil {
		return nil, err
	}
	return s, nil
}

// unrestricted opens an agency's account whose user may send and hear anything.
func (h *Hub) unrestricted(ctx context.Context, open []door) (User, string, error) {
	keys, err := newAccount()
	if err != nil {
		return User{}, "", err
	}
	signer, err := keys.signing.PublicKey()
	if err != nil {
		return User{}, "", err
	}
	keys.unscoped = true
	claims, err := h.authority.agencyClaims(keys, false)
	if err != nil {
		return User{}, "", err
	}
	claims.SigningKeys = jwt.SigningKeys{}
	claims.SigningKeys.Add(signer)
	for _, d := range open {
		h.authority.reach(claims, d.account, d.subject)
	}
	signed, err := h.authority.encode(claims)
	if err != nil {
		return User{}, "", err
	}
	if err := h.Accounts.tell(ctx, claimsUpdate, signed); err != nil {
		return User{}, "", err
	}
	u, err := keys.newUser("selftest")
	return u, keys.id, err
}

// expose puts a fact into the inbox and takes it in hand, unsettled.
func (s *standIn) expose(ctx context.Context) (neighbour, error) {
	n := neighbour{agency: s.agency, account: s.account, waits: nats.NewInbox()}
	var err error
	if s.waits, err = s.nc.SubscribeSync(n.waits); err != nil {
		return n, err
	}
	scope, event := schemas.Digest([]byte(s.account))[:32], schemas.IDs{Now: time.Now, Fill: func(b []byte) { _, _ = rand.Read(b) }}.EventID()
	if n.fact, err = inboxSubject(s.agency, scope, event); err != nil {
		return n, err
	}
	s.kept = []byte(s.account)
	if _, err := s.hub.Delivery.js.Publish(ctx, n.fact, s.kept); err != nil {
		return n, err
	}
	js, err := jetstream.NewWithAPIPrefix(s.nc, apiPrefix)
	if err != nil {
		return n, err
	}
	c, err := js.Consumer(ctx, streamInbox, s.account)
	if err != nil {
		return n, err
	}
	m, err := c.Next(jetstream.FetchContext(ctx))
	if err != nil {
		return n, err
	}
	n.ack = m.Reply()
	return n, nil
}

// unharmed fails unless the inbox, what is in hand, and the streams are as they
// were.
func (s *standIn) unharmed(ctx context.Context, n neighbour) error {
	if m, err := s.waits.NextMsg(quiet); err == nil {
		return fmt.Errorf("%w: %d bytes came to its reply subject", ErrWall, len(m.Data))
	}
	keeper := s.hub.keeper
	subjects, err := keeper.inboxSubjects(ctx, s.agency)
	if err != nil {
		return err
	}
	m, err := keeper.last(ctx, streamInbox, n.fact)
	if err != nil {
		return err
	}
	if len(subjects) != 1 || m == nil || string(m.Data) != string(s.kept) {
		return fmt.Errorf("%w: its inbox was changed", ErrWall)
	}
	c, err := keeper.js.Consumer(ctx, streamInbox, s.account)
	if err != nil {
		return fmt.Errorf("%w: its consumer: %w", ErrWall, err)
	}
	if i := c.CachedInfo(); i.NumAckPending != 1 || i.Delivered.Consumer != 1 || i.Paused {
		return fmt.Errorf("%w: its consumer was changed", ErrWall)
	}
	for _, stray := range []struct{ stream, subject string }{
		{streamLedger, rootLedger + ".case.x.0.x"}, {streamLedger, rootLedger + ".agency." + s.agency + ".0.x"},
		{streamVault, rootVault + "." + s.agency + ".x.offer.x"}, {streamCited, rootCited + ".x.x"},
		{streamAudit, rootAudit + "." + s.agency}, {streamAdvice, adviceTerminated[:len(adviceTerminated)-1] + streamInbox + ".x"},
	} {
		if m, err := keeper.last(ctx, stray.stream, stray.subject); err != nil || m != nil {
			return fmt.Errorf("%w: %s was written to, %v", ErrWall, stray.stream, err)
		}
	}
	return openStreams(ctx, keeper.js)
}

// leave takes everything away again, as well as it can.
func (s *standIn) leave(ctx context.Context) {
	s.nc.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	_ = s.hub.Accounts.delete(ctx, s.account)
	_ = s.hub.keeper.js.DeleteConsumer(ctx, streamInbox, s.account)
	_ = s.hub.Inboxes.Empty(ctx, s.agency)
}
