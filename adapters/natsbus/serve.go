package natsbus

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/saphan-project/saphan/services"
)

const (
	serveAtOnce  = 64               // requests of one verb in hand
	serveEach    = 16               // of them, of one agency
	serveQueue   = 256              // requests of one agency in hand or waiting; more are refused
	serveWaiting = 64 << 10         // requests of one verb that nobody has looked at; more are dropped
	serveBytes   = 64 << 20         // and how many bytes they have together
	serveTimeout = 10 * time.Second // for one request, like the desk's patience
)

// Handler answers one request. Its reply crosses the bus as JSON, and so does
// its error, which is of kind Internal unless it is a *services.Error.
type Handler func(ctx context.Context, from services.Party, r services.Request) (services.Reply, error)

// Serve answers the requests of one verb until ctx ends or the hub is closed. It
// returns when requests come in. Several hubs share them. Who asks is the account
// that the broker put into the subject; headers are not read.
func (h *Hub) Serve(ctx context.Context, verb string, handle Handler) error {
	filter, err := requestFilter(verb)
	if err != nil {
		return err
	}
	p := *h.parts()[answerer(verb)]
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return services.Refuse(services.Later, services.CodeBusAway)
	}
	ctx, stop := context.WithCancel(ctx)
	h.stops = append(h.stops, stop)
	s := &serving{verb: verb, handle: handle, who: h.agency, limit: p.nc.MaxPayload(), free: make(chan struct{}, serveAtOnce), lines: make(map[string]*line)}
	sub, err := p.nc.QueueSubscribe(filter, queue, func(m *nats.Msg) { s.begin(ctx, m) })
	if err == nil {
		err = sub.SetPendingLimits(serveWaiting, serveBytes)
	}
	if err == nil {
		err = p.nc.Flush()
	}
	if err != nil {
		return away("serve "+verb, err)
	}
	h.wg.Go(func() {
		<-ctx.Done()
		p.leave(sub)
		s.hand.Wait()
	})
	return nil
}

// leave ends a subscription, and returns when what the broker has sent already has
// been looked at. It fails only when the connection is gone, and nothing comes then.
func (p *Part) leave(sub *nats.Subscription) {
	over := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(over) })
	if sub.Drain() != nil {
		return
	}
	t := time.NewTimer(opTimeout)
	defer t.Stop()
	select {
	case <-over:
	case <-t.C:
	}
}

// serving is the work on one verb.
type serving struct {
	verb   string
	handle Handler
	who    func(account string) (agency string, ok bool)
	limit  int64 // of an answer, in bytes
	free   chan struct{}
	hand   sync.WaitGroup

	mu    sync.Mutex
	lines map[string]*line // by account
}

// line is where the requests of one agency wait: behind its own, so that one that
// asks without end keeps nobody else from being answered.
type line struct {
	length  int
	refused int // since one of the line was answered
	free    chan struct{}
}

// join lets a request into the line of its account; false when that is full. Whoever
// comes then is refused, as many as there is room for: the rest is not answered, since
// answers to a flood would be one.
func (s *serving) join(account string, m *nats.Msg) (*line, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[account]
	if l == nil {
		l = &line{free: make(chan struct{}, serveEach)}
		s.lines[account] = l
	}
	if l.length < serveQueue {
		l.length++
		return l, true
	}
	if l.refused++; l.refused <= serveQueue {
		s.refuse(m)
	}
	return l, false
}

func (s *serving) leave(account string, l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.refused = 0
	if l.length--; l.length == 0 {
		delete(s.lines, account)
	}
}

// begin works on a request as soon as there is room for it: in its agency's line,
// and then among all.
func (s *serving) begin(ctx context.Context, m *nats.Msg) {
	if ctx.Err() != nil {
		s.refuse(m)
		return
	}
	account := asker(m.Subject)
	l, ok := s.join(account, m)
	if !ok {
		return
	}
	s.hand.Go(func() {
		defer s.leave(account, l)
		for _, room := range []chan struct{}{l.free, s.free} {
			select {
			case <-ctx.Done():
				s.refuse(m)
				return
			case room <- struct{}{}:
				defer func() { <-room }()
			}
		}
		s.respond(context.WithoutCancel(ctx), m)
	})
}

// refuse tells whoever waits to ask again: another hub will answer.
func (s *serving) refuse(m *nats.Msg) {
	if answerable(m.Reply) {
		send(m, encodeAnswer(nil, services.Refuse(services.Later, services.CodeBusAway), s.limit))
	}
}

func (s *serving) respond(ctx context.Context, m *nats.Msg) {
	ctx, cancel := context.WithTimeout(ctx, serveTimeout)
	defer cancel()
	if !answerable(m.Reply) {
		return // nobody would hear the answer
	}
	reply, err := s.answer(ctx, m)
	send(m, encodeAnswer(reply, err, s.limit))
}

// answer has the handler answer. A panic costs this one request; its value may
// hold anything, so it is dropped.
func (s *serving) answer(ctx context.Context, m *nats.Msg) (reply services.Reply, err error) {
	defer func() {
		if recover() != nil {
			reply, err = nil, services.Refuse(services.Internal, "panic")
		}
	}()
	agency, ok := s.who(asker(m.Subject))
	if !ok {
		return nil, services.Refuse(services.Forbidden, "agency")
	}
	if len(m.Data) > maxRequest {
		return nil, services.Refuse(services.TooLarge, "request")
	}
	return s.handle(ctx, services.Party{Agency: agency}, services.Request{Verb: s.verb, Body: m.Data})
}

// send publishes an answer. Whoever asked has gone when it fails.
func send(m *nats.Msg, raw []byte) { _ = m.Respond(raw) }
