package desk_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// Whatever the hub and the disk do, what was posted to a case and not refused is
// in the ledger in the end, once and in order, and a receipt is the ledger's.
func TestOutboxProperty(t *testing.T) {
	t.Parallel()
	acts := []string{"post", "post elsewhere", "wait", "crash", "disk"}
	answers := []error{
		nil, nil, away, moved, services.Refuse(services.Later, services.CodeNoSection), services.Refuse(services.Internal, "bug"),
	}
	rapid.Check(t, func(rt *rapid.T) {
		o := ordeal{
			posted: map[string][]string{}, bytes: map[string]string{}, refused: map[string]bool{},
			faults: rapid.SliceOfN(rapid.SampledFrom(answers), 0, 12).Draw(rt, "faults"),
		}
		script := rapid.SliceOfN(rapid.SampledFrom(acts), 1, 12).Draw(rt, "acts")
		synctest.Test(t, func(t *testing.T) { o.play(t, script) })
		if len(o.wrong) > 0 {
			rt.Fatal(strings.Join(o.wrong, "; "))
		}
	})
}

// ordeal is a desk under a script of acts and faults.
type ordeal struct {
	*member
	faults  []error             // of the hub, in turn; nil is none
	posted  map[string][]string // case → ids in the order of filing
	bytes   map[string]string   // id → what was submitted under it
	refused map[string]bool
	wrong   []string
}

func (o *ordeal) play(t *testing.T, script []string) {
	h := newHub(t)
	defer h.leave()
	o.member = h.join(labour)
	h.settle()
	h.setRefuse(o.answer)
	for _, act := range script {
		switch act {
		case "post":
			o.post(caseA)
		case "post elsewhere":
			o.post(caseB)
		case "wait":
			time.Sleep(3 * time.Second)
		case "crash":
			o.crash()
		case "disk":
			o.disk()
		}
		o.check()
	}
	o.heal()
}

func (o *ordeal) fail(what string) { o.wrong = append(o.wrong, what) }

// answer gives the next fault. A case is opened in the end, and what is in the
// ledger is never refused.
func (o *ordeal) answer(verb, _ string, raw []byte) error {
	if verb != services.VerbSubmit {
		return nil
	}
	f, err := services.NewFact(raw, 0, time.Time{}, "")
	if err != nil {
		o.fail("not an event")
		return nil
	}
	if before, seen := o.bytes[f.ID()]; seen && before != string(raw) {
		o.fail("other bytes were submitted under one id")
	}
	o.bytes[f.ID()] = string(raw)
	if len(o.faults) == 0 {
		return nil
	}
	next := o.faults[0]
	o.faults = o.faults[1:]
	stored := slices.ContainsFunc(o.ledger, func(old services.Fact) bool { return old.ID() == f.ID() })
	if next == nil || services.KindOf(next) == services.Conflict && (stored || f.Name() == "case.opened") {
		return nil
	}
	return next
}

func (o *ordeal) post(subject string) {
	make := o.link
	if len(o.posted[subject]) == 0 {
		make = func(subject string) (string, []byte) { return o.opening(subject) }
	}
	id, raw := make(subject)
	a, err := o.File(o.t.Context(), raw)
	switch {
	case services.KindOf(err) == services.Conflict:
		o.refused[id] = true
	case err != nil:
		o.fail("a post was not taken")
	case a.Receipt != nil && !slices.Contains(o.filed(subject), id):
		o.fail("a receipt for what is not in the ledger")
	}
	o.posted[subject] = append(o.posted[subject], id)
}

// disk has the writes of the desk fail for a while: what is posted then is not
// taken, what was taken stays.
func (o *ordeal) disk() {
	set := func(err error) {
		o.memory.mu.Lock()
		defer o.memory.mu.Unlock()
		o.memory.down = err
	}
	set(services.Refuse(services.Internal, "disk"))
	_, raw := o.link(caseA)
	if _, err := o.File(o.t.Context(), raw); err == nil {
		o.fail("an answer while the disk is full")
	}
	time.Sleep(2 * time.Second)
	set(nil)
}

// check holds at any time: the ledger has what was posted, in order, once.
func (o *ordeal) check() {
	synctest.Wait()
	for subject, posted := range o.posted {
		at := -1
		for _, id := range o.filed(subject) {
			next := slices.Index(posted, id)
			if next <= at {
				o.fail("out of order, or twice")
			}
			at = next
		}
	}
}

// heal lets the hub answer, has a person discard what is parked, and then
// nothing may be missing.
func (o *ordeal) heal() {
	for range 40 {
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		pending, err := o.Pending(o.t.Context())
		if err != nil || len(pending) == 0 {
			break
		}
		for _, p := range pending {
			if p.Standing == desk.Parked {
				o.refused[p.Event] = true
				_ = o.Discard(o.t.Context(), p.Event)
			}
		}
	}
	for subject, posted := range o.posted {
		want := slices.DeleteFunc(slices.Clone(posted), func(id string) bool { return o.refused[id] })
		if diff := cmp.Diff(want, o.filed(subject)); diff != "" {
			o.fail("ledger of a case (-want +got): " + diff)
		}
	}
}
