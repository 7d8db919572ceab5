package desk

import (
	"context"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// directoryAge is how old the desk's copy of the directory becomes before it
// asks again, so that a new sealing key is used within minutes.
const directoryAge = 10 * time.Minute

// Agency is an agency as people look it up: without its keys.
type Agency struct {
	ID       string                `json:"agency"`             // its id
	Kind     string                `json:"kind"`               // a code of the list agency_kind
	Name     map[string]string     `json:"name"`               // by language
	Status   string                `json:"status"`             // a code of the list agency_status
	Office   schemas.Area          `json:"office"`             // where it sits
	Areas    []schemas.Area        `json:"areas,omitempty"`    // where it works
	Services []schemas.ServiceLine `json:"services,omitempty"` // what it gives, and to whom
	// Room is how much room there is for each service now, and when that was
	// said: what is too old counts as "ask".
	Room []casefile.Room `json:"room,omitempty"`
	// Parent is the agency that it stands under.
	Parent string `json:"parent,omitempty"`
	// Independent marks the independent coordinator of the jurisdiction.
	Independent bool `json:"independent,omitempty"`
}

// Agencies lists the agencies that the desk knows, sorted by id.
func (s *Service) Agencies() []Agency {
	known := s.Directory.Agencies()
	rows := make([]Agency, len(known))
	for i, a := range known {
		rows[i] = Agency{
			ID: a.ID, Kind: a.Kind, Name: a.Name, Status: a.Status,
			Office: a.Office, Areas: a.Areas, Services: a.Services,
			Room: a.Rooms(s.IDs.Now()), Parent: a.Parent, Independent: a.Independent,
		}
	}
	return rows
}

// recall reads the directory that the view kept.
func (s *Service) recall(ctx context.Context) error {
	facts, err := s.View.Facts(ctx, schemas.Scope{Kind: schemas.ScopeAgency})
	if err != nil {
		return err
	}
	for _, f := range facts {
		if err := s.admit(ctx, f); err != nil {
			return err
		}
		s.remember(f.Bytes)
	}
	return nil
}

// follow asks for the directory again and again, as long as ctx lasts.
func (s *Service) follow(ctx context.Context) {
	for ctx.Err() == nil {
		pause := directoryAge
		if s.refresh(ctx) != nil {
			pause = maxPause
		}
		if s.Wait(ctx, pause) != nil {
			return
		}
	}
}

// refresh asks the hub for what is new in the directory.
func (s *Service) refresh(ctx context.Context) error {
	_, err := s.ask(ctx, services.AskRequest{})
	return err
}

// ask asks the hub's directory page after page, learns what the desk does not have
// yet, and returns the last page.
func (s *Service) ask(ctx context.Context, r services.AskRequest) (services.AskReply, error) {
	r.After = s.knownTo()
	for {
		reply, err := s.Bus.Ask(ctx, r)
		if err != nil {
			return reply, err
		}
		if err := s.learn(ctx, reply.Events); err != nil {
			return reply, err
		}
		last := r.After
		if n := len(reply.Events); n > 0 {
			last = reply.Events[n-1].Sequence
		}
		if r.Route == nil { // else there are gaps: what other agencies said
			s.knowTo(last)
		}
		switch {
		case !reply.More:
			return reply, nil
		case last <= r.After: // it would never end
			return reply, services.Refuse(services.Unknown, codeDirectory)
		}
		r.After = last
	}
}

// learn takes over events of the directory, each only with a valid signature. An
// answer with one that has none is not believed any further.
func (s *Service) learn(ctx context.Context, events []services.StoredEvent) error {
	for _, stored := range events {
		if s.remembers(stored.Raw) {
			continue
		}
		f, err := stored.Fact()
		if err != nil {
			return services.Because(services.Unknown, codeDirectory, err)
		}
		if err := s.admit(ctx, f); err != nil {
			return err
		}
		if err := s.View.Put(ctx, Change{Fact: f}); err != nil {
			return err
		}
		s.remember(f.Bytes)
	}
	return nil
}

func (s *Service) admit(ctx context.Context, f services.Fact) error {
	// What an agency says, it says about itself: a signature of another is none.
	foreign := f.Author() != "" && f.Author() != f.Event.Subject()
	if f.Scope().Kind != schemas.ScopeAgency || foreign {
		return services.Refuse(services.Unknown, codeDirectory)
	}
	if err := s.signed(f); err != nil {
		return services.Because(services.Unknown, codeDirectory, err)
	}
	return s.Directory.Apply(ctx, f)
}

func (s *Service) knownTo() uint64 {
	s.known.Lock()
	defer s.known.Unlock()
	return s.known.to
}

func (s *Service) knowTo(sequence uint64) {
	s.known.Lock()
	defer s.known.Unlock()
	s.known.to = max(s.known.to, sequence)
}

func (s *Service) remember(raw []byte) {
	s.known.Lock()
	defer s.known.Unlock()
	s.known.digests[schemas.Digest(raw)] = true
}

func (s *Service) remembers(raw []byte) bool {
	s.known.Lock()
	defer s.known.Unlock()
	return s.known.digests[schemas.Digest(raw)]
}
