package operator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// AddInput is an agency that is to be admitted.
type AddInput struct {
	// Registered is what the directory says of it. With keys, the agency has a desk
	// of its own, which made them; without, its desk runs beside the hub.
	Registered schemas.AgencyRegistered `json:"registered"`
	// User is the public key of the user that its own desk connects as ("U…").
	User string `json:"user,omitempty"`
}

// RotateInput is what an agency with a desk of its own connects with from now on.
type RotateInput struct {
	User string `json:"user,omitempty"` // as in AddInput
	// Keys are the public keys of its desk; the directory is told what is new. A signing
	// key that is not among them any more files nothing from then on, not even what
	// waits in an outbox.
	Keys []schemas.Key `json:"keys,omitempty"`
}

// Access is how an agency comes in from now on.
type Access struct {
	Member
	// File is where the desk file of a hosted desk is, on the hub's machine.
	File string `json:"desk_file,omitempty"`
	// JWT and Door are for a desk of the agency's own: its user, and the way in.
	JWT  string `json:"jwt,omitempty"`
	Door *Door  `json:"door,omitempty"`
}

// own says which desk is meant: of the agency's own, or one beside the hub.
func own(keys []schemas.Key, user string) bool { return len(keys) > 0 || user != "" }

// Add admits an agency and makes its way in. To add it again completes what was
// broken off; another way, other keys, or those of another agency are a Conflict.
func (s *Service) Add(ctx context.Context, id string, in AddInput) (Access, error) {
	release, err := s.orders.Acquire(ctx, id)
	if err != nil {
		return Access{}, err
	}
	defer release()
	if err := s.mayAdd(id, in); err != nil {
		return Access{}, err
	}
	if own(in.Registered.Keys, in.User) {
		if err := s.register(ctx, id, in.Registered); err != nil {
			return Access{}, err
		}
		return s.access(ctx, id, in.User)
	}
	if err := s.Host(ctx, id, in.Registered); err != nil {
		return Access{}, err
	}
	return s.hosted(ctx, id, s.Desks.Open)
}

// Host admits an agency whose desk is to run beside the hub, with the keys that
// the desk has, and opens it not yet. For one that is there it publishes the keys
// that the desk has now; the rest of data is not looked at. For one that has left it
// does nothing.
func (s *Service) Host(ctx context.Context, id string, data schemas.AgencyRegistered) error {
	if known, _ := s.Registry.Agency(id); known.Status == casefile.StatusClosed {
		return nil
	}
	keys, err := s.Desks.Found(ctx, id)
	if err != nil {
		return err
	}
	data.Keys = keys
	return s.register(ctx, id, data)
}

// mayAdd holds an agency against the schema and the rules before anything is made
// for it, and against what is there.
func (s *Service) mayAdd(id string, in AddInput) error {
	if !schemas.ValidAgency(id) || id == schemas.HubAgency {
		return invalid("/agency", schemas.CodeGrammar)
	}
	theirs := own(in.Registered.Keys, in.User)
	if err := checkRegistered(in.Registered); err != nil {
		return inRegistered(err)
	}
	if err := checkDesk("/registered/keys", in.Registered.Keys, in.User); theirs && err != nil {
		return err
	}
	known, there := s.Registry.Agency(id)
	if !there {
		if err := casefile.Admissible(s.Registry, id, in.Registered); err != nil {
			return inRegistered(err)
		}
		return s.freeKeys(id, in.Registered.Keys)
	}
	if err := present(known); err != nil {
		return err
	}
	strange := func(k schemas.Key) bool { return !slices.Contains(known.Keys, k) }
	if known.Kind != in.Registered.Kind || s.Desks.Hosts(id) == theirs || slices.ContainsFunc(in.Registered.Keys, strange) {
		return services.RefuseIn(known.Status, "agency_there")
	}
	return nil
}

// freeKeys refuses keys that another agency signs with, or is sealed to: each could
// speak for the other, and read what is for it. One key of recovery may be kept for
// several.
func (s *Service) freeKeys(id string, keys []schemas.Key) error {
	for _, a := range s.Registry.Agencies() {
		taken := func(k schemas.Key) bool {
			same := func(o schemas.Key) bool { return o.Use == k.Use && o.Key == k.Key }
			return k.Use != "recovery" && slices.ContainsFunc(a.Keys, same)
		}
		if a.ID != id && slices.ContainsFunc(keys, taken) {
			return services.Refuse(services.Conflict, "key_taken")
		}
	}
	return nil
}

// checkRegistered holds what is said of an agency against the schema. Keys that are
// missing are made later.
func checkRegistered(data schemas.AgencyRegistered) error {
	if len(data.Keys) == 0 {
		data.Keys = []schemas.Key{{Use: "signing", Key: base64.StdEncoding.EncodeToString(make([]byte, 32))}}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return services.Because(services.Internal, "encode", err)
	}
	if err := schemas.CheckData("agency.registered", raw); err != nil {
		return services.RefuseInput(err)
	}
	return nil
}

// inRegistered says where in the input it is what a refusal calls "/data".
func inRegistered(err error) error {
	if err == nil {
		return nil
	}
	e := *services.AsError(err)
	e.Problems = slices.Clone(e.Problems)
	for i, p := range e.Problems {
		e.Problems[i].Pointer = "/registered" + strings.TrimPrefix(p.Pointer, "/data")
	}
	return &e
}

// userGrammar is how the public key of a user is written.
var userGrammar = regexp.MustCompile(`^U[A-Z2-7]{55}$`)

// checkDesk wants what a desk elsewhere needs: keys to sign and to seal, all its
// own, and a user. Its account, and which keys are retired, are the hub's to say.
func checkDesk(at string, keys []schemas.Key, user string) error {
	uses := make(map[string]bool)
	for _, k := range keys {
		if k.Use == schemas.KeyAccount || k.Service != "" || k.Retired {
			return invalid(at, "unexpected")
		}
		uses[k.Use] = true
	}
	switch {
	case !uses["signing"] || !uses["sealing"]:
		return invalid(at, "required")
	case !userGrammar.MatchString(user):
		return invalid("/user", schemas.CodeGrammar)
	}
	return nil
}

func invalid(pointer, code string) error {
	return services.RefuseInput(schemas.Problems{{Pointer: pointer, Code: code}})
}

// register tells the directory of an agency, its keys and its account. To open the
// account would let in whom the directory keeps out.
func (s *Service) register(ctx context.Context, id string, data schemas.AgencyRegistered) error {
	known, there := s.Registry.Agency(id)
	account := schemas.Account(known.Keys)
	if !there || known.Active() {
		var err error
		if account, err = s.Accounts.Open(ctx, id); err != nil {
			return err
		}
	}
	data.Keys = append(slices.Clone(data.Keys), schemas.Key{Use: schemas.KeyAccount, Key: account})
	return s.Registry.Register(ctx, id, data)
}

// access signs the user of a desk elsewhere in, and says how to come in.
func (s *Service) access(ctx context.Context, id, user string) (Access, error) {
	a, err := s.known(id)
	if err != nil {
		return Access{}, err
	}
	jwt, err := s.Accounts.Issue(ctx, id, user, s.Now())
	return Access{Member: s.row(a), JWT: jwt, Door: &s.Door}, err
}

// hosted opens a desk beside the hub.
func (s *Service) hosted(ctx context.Context, id string, open func(context.Context, string) (string, error)) (Access, error) {
	a, err := s.known(id)
	if err != nil {
		return Access{}, err
	}
	file, err := open(ctx, id)
	return Access{Member: s.row(a), File: file}, err
}

// Rotate renews how an agency comes in, and ends what it came in by before: every
// user on the bus and, for a desk beside the hub, every token. One that is suspended
// stays so. A signing key that was renewed before, and the keys of another agency, are
// a Conflict.
func (s *Service) Rotate(ctx context.Context, id string, in RotateInput) (Access, error) {
	var access Access
	_, err := s.order(ctx, id, func(a casefile.Agency) error {
		err := s.mayRotate(a, in)
		switch {
		case err != nil:
		case own(in.Keys, in.User):
			access, err = s.rotate(ctx, a, in)
		default:
			access, err = s.renew(ctx, a)
		}
		return err
	})
	return access, err
}

// rotate has a desk elsewhere come in as another user.
func (s *Service) rotate(ctx context.Context, a casefile.Agency, in RotateInput) (Access, error) {
	if err := s.register(ctx, a.ID, schemas.AgencyRegistered{Keys: in.Keys}); err != nil {
		return Access{}, err
	}
	if err := s.endUsers(ctx, a); err != nil {
		return Access{}, err
	}
	return s.access(ctx, a.ID, in.User)
}

// renew gives a desk beside the hub another token, and connects it anew.
func (s *Service) renew(ctx context.Context, a casefile.Agency) (Access, error) {
	access, err := s.hosted(ctx, a.ID, s.Desks.Renew)
	if err != nil {
		return Access{}, err
	}
	if err := s.endUsers(ctx, a); err != nil || !a.Active() {
		return access, err
	}
	_, err = s.Desks.Open(ctx, a.ID)
	return access, err
}

// endUsers ends every user of an agency, and leaves one shut out that is.
func (s *Service) endUsers(ctx context.Context, a casefile.Agency) error {
	if err := s.Accounts.Rotate(ctx, a.ID); err != nil || a.Active() {
		return err
	}
	return s.Accounts.Suspend(ctx, a.ID)
}

func (s *Service) mayRotate(a casefile.Agency, in RotateInput) error {
	if err := present(a); err != nil {
		return err
	}
	theirs := own(in.Keys, in.User)
	if theirs == s.Desks.Hosts(a.ID) {
		return services.RefuseIn(a.Status, "agency_there")
	}
	if !theirs {
		return nil
	}
	if err := checkDesk("/keys", in.Keys, in.User); err != nil {
		return err
	}
	return s.freeKeys(a.ID, in.Keys)
}
