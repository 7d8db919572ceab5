package desk

import (
	"context"
	"slices"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// Short names of types that the desk treats by name.
const (
	agencyCapacityChanged = "agency.capacity_changed"
	caseOpened            = "case.opened"
	contentRecorded       = "content.recorded"
	contentShared         = "content.shared"
	accessEnded           = "access.ended"
	leadTransferred       = "lead.transferred"
	duplicateAsked        = "duplicate.asked"
	referralRequested     = "referral.requested"
	referralOffered       = "referral.offered"
	referralDelivered     = "referral.delivered"
	referralAccepted      = "referral.accepted"
	referralAssigned      = "referral.assigned"
	referralRerouted      = "referral.rerouted"
	referralReceived      = "referral.received"
)

// sectionOffer goes ahead of acceptance; the policy names the others.
const sectionOffer = "offer"

// ahead is for how many candidates the offer is sealed before anybody is asked.
const ahead = 3

// share is one content.shared to be filed.
type share struct {
	id       string
	caseID   string
	referral string
	to       string
	cause    string
	// about tells several shares that follow from one event apart; "" for the one
	// that is alone.
	about    string
	post     string
	time     time.Time
	sections map[string][]byte // plaintexts
}

// shareID is the id of the content that a request sends ahead to an agency. It
// derives from the request, so that the desk can tell later that it was sent.
func (s *Service) shareID(request, to string) string {
	filed, _ := schemas.EventTime(request)
	return schemas.DeriveEventID(filed, s.Agency, request, contentShared+":"+to, 0)
}

// sealShare makes the row of a share, and its sections, sealed to both agencies.
func (s *Service) sealShare(ctx context.Context, sh share) (filing, error) {
	recipients, err := s.recipients(ctx, s.Agency, sh.to)
	if err != nil {
		return filing{}, err
	}
	var f filing
	for _, name := range sectionNames(sh.sections) {
		k := Kept{Case: sh.caseID, Event: sh.id, Section: name, Vault: true}
		if k.Ciphertext, err = s.Sealer.Seal(s.header(k), sh.sections[name], recipients); err != nil {
			return filing{}, err
		}
		f.kept = append(f.kept, k)
	}
	row, err := s.write(schemas.Draft{
		ID: sh.id, Type: contentShared, Subject: sh.caseID, Time: sh.time, Cause: sh.cause,
		Data: schemas.ContentShared{
			InReferral: schemas.InReferral{Referral: sh.referral}, To: sh.to,
			Seals: schemas.Seals{Sealed: sealedOf(f.kept)},
		},
	})
	row.Post = sh.post
	f.rows = []Row{row}
	return f, err
}

func sectionNames(sections map[string][]byte) []string {
	names := make([]string, 0, len(sections))
	for name := range sections {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shareAhead adds to a posted request the content for whom it will be offered
// first. Who has no key yet gets the content when the offer is made.
func (s *Service) shareAhead(ctx context.Context, o schemas.Open, f *filing) error {
	offer, ok := o.Sections[sectionOffer]
	if o.Type != referralRequested || !ok {
		return nil
	}
	t, _ := schemas.TypeNamed(o.Type)
	data, err := t.Payload(o.Data)
	if err != nil {
		return services.Because(services.Internal, "data", err)
	}
	asked := data.(schemas.ReferralRequested)
	candidates, err := s.candidates(ctx, o.Subject, asked)
	if err != nil {
		return err
	}
	for _, c := range candidates {
		if c.Agency == s.Agency {
			continue // it asks itself
		}
		more, err := s.sealShare(ctx, share{
			id: s.shareID(o.ID, c.Agency), caseID: o.Subject, referral: asked.Referral,
			to: c.Agency, cause: o.ID, post: o.ID, time: o.Time,
			sections: map[string][]byte{sectionOffer: offer},
		})
		if services.KindOf(err) == services.Later {
			continue
		}
		if err != nil {
			return err
		}
		f.rows, f.kept = append(f.rows, more.rows...), append(f.kept, more.kept...)
	}
	return nil
}

// candidates asks the hub who will be offered the request first; while the hub
// is away the desk works it out from its own copy of the directory. The hub is not
// told which case it is for: whom that is kept from, the desk leaves out itself.
func (s *Service) candidates(ctx context.Context, id string, asked schemas.ReferralRequested) ([]services.Candidate, error) {
	facts, err := s.expected(ctx, id)
	if err != nil {
		return nil, err
	}
	st := casefile.Fold(facts)
	now := s.IDs.Now()
	found := casefile.Candidates(s.Directory, casefile.Query{From: s.Agency, Asked: asked, At: now})
	if !s.away.Load() {
		if reply, err := s.ask(ctx, services.AskRequest{Route: &asked, At: now}); err == nil {
			found = reply.Candidates
		}
	}
	found = slices.DeleteFunc(slices.Clone(found), func(c services.Candidate) bool {
		return st.Barred(s.Directory, c.Agency)
	})
	return found[:min(len(found), ahead)], nil
}

// openKept opens kept sections with the own key.
func (s *Service) openKept(kept []Kept) (map[string][]byte, error) {
	plain := make(map[string][]byte, len(kept))
	for _, k := range kept {
		p, err := s.Sealer.Open(s.header(k), k.Ciphertext)
		if err != nil {
			return nil, err
		}
		plain[k.Section] = p
	}
	return plain, nil
}
