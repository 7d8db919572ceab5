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
	serveWaiting = 8192             // requests of one verb that nobody has looked at; more are dropped
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
	come := make(chan *nats.Msg, serveWaiting)
	sub, err := p.nc.ChanQueueSubscribe(filter, queue, come)
	if err != nil {
		return away("serve "+verb, err)
	}
	if err := p.nc.Flush(); err != nil {
		return away("serve "+verb, err)
	}
	ctx, stop := context.WithCancel(ctx)
	h.stops = append(h.stops, stop)
	s := &serving{verb: verb, handle: handle, who: h.agency, limit: p.nc.MaxPayload(), free: make(chan struct{}, serveAtOnce), lines: make(map[string]*line)}
	h.wg.Go(func() {
		s.run(ctx, come)
		p.leave(sub)
		s.refuseAll(come)
		s.hand.Wait()
	})
	return nil
}

// leave ends a subscription so that what the broker has sent already still
// comes. Both calls fail only when the connection is gone, and nothing comes then.
func (p *Part) leave(sub *nats.Subscription) {
	_ = sub.Drain()
	_ = p.nc.FlushTimeout(opTimeout)
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
	length int
	free   chan struct{}
}

// join lets a request into the line of its account; nil when that is full.
func (s *serving) join(account string) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[account]
	if l == nil {
		l = &line{free: make(chan struct{}, serveEach)}
		s.lines[account] = l
	}
	if l.length == serveQueue {
		return nil
	}
	l.length++
	return l
}

func (s *serving) leave(account string, l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.length--; l.length == 0 {
		delete(s.lines, account)
	}
}

func (s *serving) run(ctx context.Context, come <-chan *nats.Msg) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-come:
			s.begin(ctx, m)
		}
	}
}

// begin works on a request as soon as there is room for it: in its agency's line,
// and then among all.
func (s *serving) begin(ctx context.Context, m *nats.Msg) {
	account := asker(m.Subject)
	l := s.join(account)
	if l == nil {
		s.refuse(m)
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

// refuseAll refuses those who still wait.
func (s *serving) refuseAll(come <-chan *nats.Msg) {
	for {
		select {
		case m := <-come:
			s.refuse(m)
		default:
			return
		}
	}
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
