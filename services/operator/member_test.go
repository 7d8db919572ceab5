package operator_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/operator"
)

// orders are all that can be said of an agency.
var orders = map[string]func(context.Context, *operator.Service, string) error{
	"suspend": func(ctx context.Context, s *operator.Service, id string) error {
		_, err := s.Suspend(ctx, id)
		return err
	},
	"resume": func(ctx context.Context, s *operator.Service, id string) error {
		_, err := s.Resume(ctx, id)
		return err
	},
	"offboard": func(ctx context.Context, s *operator.Service, id string) error {
		_, err := s.Offboard(ctx, id)
		return err
	},
	"rotate": func(ctx context.Context, s *operator.Service, id string) error {
		in := operator.RotateInput{}
		if id == partner {
			in = operator.RotateInput{User: user, Keys: []schemas.Key{signing, sealing}}
		}
		_, err := s.Rotate(ctx, id, in)
		return err
	},
	"add": func(ctx context.Context, s *operator.Service, id string) error {
		in := operator.AddInput{Registered: registered()}
		if id == partner {
			in.User, in.Registered.Keys = user, []schemas.Key{signing, sealing}
		}
		_, err := s.Add(ctx, id, in)
		return err
	},
	"host": func(ctx context.Context, s *operator.Service, id string) error {
		return s.Host(ctx, id, schemas.AgencyRegistered{})
	},
	"restore": func(ctx context.Context, s *operator.Service, _ string) error { return s.Restore(ctx) },
}

func registered() schemas.AgencyRegistered {
	return schemas.AgencyRegistered{
		Kind: "shelter", Name: map[string]string{"en": "Invented Shelter", "th": "บ้านพักสมมติ"}, Office: province,
	}
}

// TestOrders: what each order does, and in which order. The directory comes first, except
// that whoever is to go is cut off before.
func TestOrders(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		agency, said string
		want         string // of the last order said
	}{
		{labour, "suspend", "desk frozen, account shut, status suspended"},
		{labour, "suspend suspend", "desk frozen, account shut"},
		{partner, "suspend", "account shut, status suspended"},
		{labour, "suspend resume", "status active, account open, desk open"},
		{partner, "suspend resume", "status active, account open"},
		{labour, "resume", "account open, desk open"},
		{labour, "offboard", "desk frozen, account shut, status suspended, all handled, status closed, all handled, desk gone, inbox emptied"},
		{partner, "offboard", "account shut, status suspended, all handled, status closed, all handled, inbox emptied"},
		{labour, "suspend offboard", "desk frozen, account shut, all handled, status closed, all handled, desk gone, inbox emptied"},
		{labour, "offboard offboard", "all handled, desk gone, inbox emptied"},
		{labour, "rotate", "desk frozen, users ended, desk open"},
		{labour, "suspend rotate", "desk frozen, users ended, account shut"},
		{partner, "rotate", "account open, register ngo-partner, users ended, user issued"},
		{partner, "suspend rotate", "register ngo-partner, users ended, account shut, user issued"},
		{newbie, "add", "desk found, account open, register shelter-new, desk open"},
		{newbie, "add add", "desk there, account open, register shelter-new, desk open"},
		{partner, "add", "account open, register ngo-partner, user issued"},
		{partner, "suspend add", "register ngo-partner, user issued"},
		{labour, "host", "desk there, account open, register labour-example"},
		{labour, "suspend host", "desk there, register labour-example"},
		{labour, "offboard host", ""},
		{labour, "restore", "desk open, desk open"},
		{labour, "suspend restore", "desk frozen, desk open"},
		{labour, "offboard restore", "desk gone, inbox emptied, desk open"},
		{partner, "offboard restore", "desk open, inbox emptied, desk open"},
	} {
		t.Run(row.agency+" "+row.said, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(t)
			for word := range strings.FieldsSeq(row.said) {
				w.steps = nil
				if err := orders[word](t.Context(), s, row.agency); err != nil {
					t.Fatalf("%s: %v", word, err)
				}
			}
			if got := strings.Join(w.steps, ", "); got != row.want {
				t.Errorf("did %s", got)
			}
			w.agrees()
		})
	}
}

// TestOrdersMayBeRepeated: whatever fails on the way, the same order again comes to
// the same end.
func TestOrdersMayBeRepeated(t *testing.T) {
	t.Parallel()
	for word, order := range orders {
		for _, agency := range []string{labour, partner, newbie} {
			if agency == newbie && word != "add" || agency == labour && word == "add" || agency == partner && word == "host" {
				continue
			}
			w, s := newWorld(t)
			if err := order(t.Context(), s, agency); err != nil {
				t.Fatal(err)
			}
			want := []any{w.agencies, w.accounts, w.desks}
			for step := range w.steps {
				w, s := newWorld(t)
				w.failAt = step + 1
				if err := order(t.Context(), s, agency); !errors.Is(err, errStep) {
					t.Errorf("%s of %s with step %d failing: %v", word, agency, step, err)
				}
				if err := order(t.Context(), s, agency); err != nil {
					t.Errorf("%s of %s again: %v", word, agency, err)
				}
				if diff := cmp.Diff(want, []any{w.agencies, w.accounts, w.desks}); diff != "" {
					t.Errorf("%s of %s, step %d failed (-want +got):\n%s", word, agency, step, diff)
				}
			}
		}
	}
}

// TestAFullDiskKeepsNobodyIn: an agency is cut off although the directory cannot be
// told. To resume it undoes that, and to suspend it again completes it.
func TestAFullDiskKeepsNobodyIn(t *testing.T) {
	t.Parallel()
	for agency, at := range map[string]int{labour: 3, partner: 2} { // of the step that tells the directory
		for _, word := range []string{"suspend", "offboard"} {
			for _, next := range []string{"suspend", "resume"} {
				w, s := newWorld(t)
				w.failAt = at
				if err := orders[word](t.Context(), s, agency); !errors.Is(err, errStep) {
					t.Errorf("%s of %s: %v", word, agency, err)
				}
				if w.accounts[agency] != "shut" || w.desks[agency] == "open" {
					t.Errorf("%s of %s: its account is %s, its desk %q", word, agency, w.accounts[agency], w.desks[agency])
				}
				if err := orders[next](t.Context(), s, agency); err != nil {
					t.Errorf("%s of %s, then %s: %v", word, agency, next, err)
				}
				w.agrees()
			}
		}
	}
}

func TestOrdersAreRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		agency, said string
		kind         services.Kind
		code         string
	}{
		{newbie, "suspend", services.Unknown, services.CodeNotVisible},
		{newbie, "rotate", services.Unknown, services.CodeNotVisible},
		{schemas.HubAgency, "offboard", services.Unknown, services.CodeNotVisible},
		{schemas.HubAgency, "add", services.Invalid, schemas.CodeMalformed},
		{"Shelter.*", "add", services.Invalid, schemas.CodeMalformed},
		{labour, "offboard resume", services.Conflict, "agency_closed"},
		{labour, "offboard suspend", services.Conflict, "agency_closed"},
		{partner, "offboard rotate", services.Conflict, "agency_closed"},
		{partner, "offboard add", services.Conflict, "agency_closed"},
	} {
		w, s := newWorld(t)
		words := strings.Fields(row.said)
		for _, word := range words[:len(words)-1] {
			if err := orders[word](t.Context(), s, row.agency); err != nil {
				t.Fatal(err)
			}
		}
		w.steps = nil
		err := orders[words[len(words)-1]](t.Context(), s, row.agency)
		if wantKind(t, err, row.kind, row.code); len(w.steps) > 0 {
			t.Errorf("%s of %s did %q", row.said, row.agency, w.steps)
		}
	}
}

// TestAddWantsWhatItNeeds: nothing is made for an agency that will be refused.
func TestAddWantsWhatItNeeds(t *testing.T) {
	t.Parallel()
	theirs := func(change func(*operator.AddInput)) operator.AddInput {
		in := operator.AddInput{Registered: registered(), User: user}
		in.Registered.Keys = keysOf("ngo-new")
		change(&in)
		return in
	}
	for name, row := range map[string]struct {
		agency string
		in     operator.AddInput
		kind   services.Kind
		at     string // the first pointer, or the code of a Conflict
	}{
		"nothing":              {newbie, operator.AddInput{}, services.Invalid, "/registered/kind"},
		"no name":              {newbie, operator.AddInput{Registered: schemas.AgencyRegistered{Kind: "shelter", Office: province}}, services.Invalid, "/registered/name"},
		"a user and no keys":   {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys = nil }), services.Invalid, "/registered/keys"},
		"keys and no user":     {newbie, theirs(func(in *operator.AddInput) { in.User = "" }), services.Invalid, "/user"},
		"an account as a user": {newbie, theirs(func(in *operator.AddInput) { in.User = "A" + in.User[1:] }), services.Invalid, "/user"},
		"nothing to seal to":   {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys = in.Registered.Keys[:1] }), services.Invalid, "/registered/keys"},
		"a retired key":        {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys[0].Retired = true }), services.Invalid, "/registered/keys"},
		"the key of a service": {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys[0].Service = "vault" }), services.Invalid, "/registered/keys"},
		"an account of its own": {newbie, theirs(func(in *operator.AddInput) {
			in.Registered.Keys = append(in.Registered.Keys, schemas.Key{Use: "account", Key: accountKey(labour)})
		}), services.Invalid, "/registered/keys"},
		"a parent that is none":  {newbie, theirs(func(in *operator.AddInput) { in.Registered.Parent = "nobody-here" }), services.Invalid, "/registered/parent"},
		"there, with its own":    {labour, theirs(func(*operator.AddInput) {}), services.Conflict, "agency_there"},
		"there, beside the hub":  {partner, operator.AddInput{Registered: registered()}, services.Conflict, "agency_there"},
		"there, of another kind": {labour, operator.AddInput{Registered: func() schemas.AgencyRegistered { r := registered(); r.Kind = "police"; return r }()}, services.Conflict, "agency_there"},
		"there, with other keys": {partner, theirs(func(in *operator.AddInput) { in.Registered.Keys[1].Key += "q" }), services.Conflict, "agency_there"},
		"another one's keys":     {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys = keysOf(partner) }), services.Conflict, "key_taken"},
		"another one's signing":  {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys[0] = keysOf(labour)[0] }), services.Conflict, "key_taken"},
		"another one's sealing":  {newbie, theirs(func(in *operator.AddInput) { in.Registered.Keys[1] = keysOf(shelter)[1] }), services.Conflict, "key_taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(t)
			_, err := s.Add(t.Context(), row.agency, row.in)
			e := services.AsError(err)
			at := e.Code
			if len(e.Problems) > 0 {
				at = e.Problems[0].Pointer
			}
			if err == nil || e.Kind != row.kind || at != row.at {
				t.Errorf("refused with %v %+v", err, e.Problems)
			}
			if len(w.steps) > 0 {
				t.Errorf("did %q", w.steps)
			}
		})
	}
}

// TestKeysAreNobodyElses: nor does an agency take those of another one when it renews,
// or come back with those of one that has left; a key of recovery may be the same.
func TestKeysAreNobodyElses(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t)
	_, err := s.Rotate(t.Context(), partner, operator.RotateInput{User: user, Keys: keysOf(labour)})
	if wantKind(t, err, services.Conflict, "key_taken"); len(w.steps) > 0 {
		t.Errorf("did %q", w.steps)
	}
	if _, err := s.Offboard(t.Context(), labour); err != nil {
		t.Fatal(err)
	}
	in := operator.AddInput{Registered: registered(), User: user}
	in.Registered.Keys = keysOf(labour)
	_, err = s.Add(t.Context(), newbie, in)
	wantKind(t, err, services.Conflict, "key_taken")
	for _, id := range []string{newbie, "ngo-new"} {
		in.Registered.Keys = append(keysOf(id), schemas.Key{Use: "recovery", Key: sealing.Key})
		if _, err := s.Add(t.Context(), id, in); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAddSaysHowToComeIn(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t)
	hosted, err := s.Add(t.Context(), newbie, operator.AddInput{Registered: registered()})
	if err != nil || !hosted.Hosted || hosted.File != newbie+"/desk.json" || hosted.Door != nil || hosted.JWT != "" {
		t.Errorf("beside the hub: %+v, %v", hosted, err)
	}
	in := operator.AddInput{Registered: registered(), User: user}
	in.Registered.Keys = keysOf("ngo-new")
	own, err := s.Add(t.Context(), "ngo-new", in)
	if err != nil || own.Hosted || own.File != "" || own.JWT != "jwt of ngo-new for UAA" || own.Door.Root != "root" || own.Account != accountKey("ngo-new") {
		t.Errorf("of its own: %+v, %v", own, err)
	}
	for _, id := range []string{newbie, "ngo-new"} {
		want := append(keysOf(id), schemas.Key{Use: "account", Key: accountKey(id)})
		if got := w.agencies[id].Keys; !slices.Equal(got, want) {
			t.Errorf("the directory lists %+v", got)
		}
	}
}

// TestOffboardTellsWhatIsLeft: the cases that wait for whoever goes.
func TestOffboardTellsWhatIsLeft(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t)
	for _, id := range []string{theCase, other} {
		f := w.open(id)
		w.put(labour, f)
		w.put(shelter, f)
	}
	w.put(labour, w.file(services.Party{Agency: labour}, "case.closed", other, schemas.CaseClosed{Reason: "settled", PersonTold: "yes"}))
	want := []operator.HeldCase{{Case: theCase, Reference: schemas.Reference(theCase), Holds: []casefile.Hold{casefile.HoldLead}}}
	shown, err := s.Member(t.Context(), labour)
	if diff := cmp.Diff(want, shown.Holds); diff != "" || err != nil {
		t.Errorf("before: %v (-want +got):\n%s", err, diff)
	}
	gone, err := s.Offboard(t.Context(), labour)
	if diff := cmp.Diff(want, gone.Holds); diff != "" || err != nil || gone.Status != casefile.StatusClosed {
		t.Errorf("%s, %v (-want +got):\n%s", gone.Status, err, diff)
	}
	if left, err := s.Offboard(t.Context(), shelter); err != nil || left.Holds != nil {
		t.Errorf("the other one: %+v, %v", left, err)
	}
}

// TestNothingComesAfterTheEnd: what delivery had in hand when the agency was closed
// comes into its inbox before that is emptied.
func TestNothingComesAfterTheEnd(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t)
	f := w.open(theCase)
	w.late = func() {
		if w.agencies[shelter].Status == casefile.StatusClosed {
			w.put(shelter, f)
		}
	}
	if _, err := s.Offboard(t.Context(), shelter); err != nil {
		t.Fatal(err)
	}
	if w.placed != 1 || len(w.inboxes) > 0 {
		t.Errorf("%d came, and %d are left", w.placed, len(w.inboxes))
	}
}

func TestAgenciesAreListed(t *testing.T) {
	t.Parallel()
	_, s := newWorld(t)
	if _, err := s.Suspend(t.Context(), shelter); err != nil {
		t.Fatal(err)
	}
	want := []operator.Member{
		{ID: labour, Kind: "shelter", Status: "active", Account: accountKey(labour), Hosted: true},
		{ID: partner, Kind: "shelter", Status: "active", Account: accountKey(partner)},
		{ID: shelter, Kind: "shelter", Status: "suspended", Account: accountKey(shelter), Hosted: true},
	}
	slices.SortFunc(want, func(a, b operator.Member) int { return strings.Compare(a.ID, b.ID) })
	if diff := cmp.Diff(want, s.Members()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
