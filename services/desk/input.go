package desk

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// ActInput is what a person says with a verb. Which of it a verb takes is in the
// table of verbs (Verb.Takes); the rest is refused. The name of a field in JSON is
// its name in that table and in the pointers of problems.
type ActInput struct {
	// Case is the case of the referral, by id or reference. It is needed when the
	// agency can see two cases that use the same referral id: whoever knows the id
	// of a referral can use it in a case of its own.
	Case string `json:"case,omitempty"`
	// Event is the id under which it is filed; a new one when empty. The same verb
	// and input under the same id get the same answer, at any time. Receive ignores
	// it: an offer is opened once, whoever opens it. Over a batch the ids of the
	// cases' events derive from it.
	Event string `json:"event,omitempty"`
	// Offer is which offer is meant; when empty, the own one or that of the agency
	// for which it is recorded, or for answer the one that waits for it.
	Offer    string `json:"offer,omitempty"`
	Reason   string `json:"reason,omitempty"`    // a code that the schema of its event lists
	Suggests string `json:"suggests,omitempty"`  // decline: who is competent instead
	AnswerBy string `json:"answer_by,omitempty"` // claim: RFC 3339, UTC
	// Text is sealed to the other side: the question, answer, real reason, outcome.
	Text       string `json:"text,omitempty"`
	Result     string `json:"result,omitempty"`      // a code of the list result, sealed
	PersonTold string `json:"person_told,omitempty"` // a code of the list told

	RealReason string   `json:"real_reason,omitempty"` // a code of the list real_reason, sealed
	Outcome    []string `json:"outcome,omitempty"`     // codes of the list outcome, sealed
	// OnBehalfOf is the agency that gave the answer, and Channel how: a code of the
	// list channel. Both, or neither.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`
	Channel    string `json:"channel,omitempty"`
	ReviewBy   string `json:"review_by,omitempty"` // hold: RFC 3339, UTC
	// To is an agency: to whom it is passed on, assigned, shared with or transferred.
	To string `json:"to,omitempty"`
	// Answer is for confirm the event that was recorded for the agency, the latest
	// when empty; for same one of the list same.
	Answer  string `json:"answer,omitempty"`
	Correct string `json:"correct,omitempty"` // confirm: "yes" or "no"

	Exclude  []string `json:"exclude,omitempty"`  // restrict: agencies
	Upwards  bool     `json:"upwards,omitempty"`  // restrict: and what is above them
	Relation string   `json:"relation,omitempty"` // link, unlink: a code of the list link
	With     string   `json:"with,omitempty"`     // link, unlink, compare, triage: the other case, by id or reference
	Triage   string   `json:"triage,omitempty"`   // triage: how a tip was taken up, a code of the list triage
	Lead     string   `json:"lead,omitempty"`     // compare: the agency that leads the other case
	Decision string   `json:"decision,omitempty"` // decide: a code of the list decision
	Stage    string   `json:"stage,omitempty"`    // a code of the list stage
	Status   string   `json:"status,omitempty"`   // assert: a code of the list trafficking_status
	About    string   `json:"about,omitempty"`    // tell: the event; the latest that ended something when empty
	// Sections are plaintexts by name, for share and record.
	Sections map[string]json.RawMessage `json:"sections,omitempty"`

	// Cases picks cases of a batch, by id or reference; all when empty.
	Cases []string `json:"cases,omitempty"`
}

// frame are the fields that say what is meant rather than what is said of it.
var frame = []string{"case", "event", "offer", "cases"}

// given returns the fields that were filled in, but for the frame.
func (in ActInput) given() (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, services.RefuseInput(schemas.Problems{{Code: schemas.CodeMalformed}})
	}
	said := make(map[string]json.RawMessage)
	if err := json.Unmarshal(raw, &said); err != nil {
		return nil, services.Because(services.Internal, "verb", err)
	}
	maps.DeleteFunc(said, func(name string, _ json.RawMessage) bool { return slices.Contains(frame, name) })
	return said, nil
}
