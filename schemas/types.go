package schemas

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// ScopeKind says what the subject of an event names. Order, conflict and
// reading are per scope: a scope's events form one history.
type ScopeKind string

// The scopes of version 1.
const (
	ScopeAgency     ScopeKind = "agency"     // the directory; the id is the agency's
	ScopeInspection ScopeKind = "inspection" // a visit and what was found at the site
	ScopeCase       ScopeKind = "case"       // one person, or one situation
)

// Scope names one history: its kind and its id.
type Scope struct {
	Kind ScopeKind
	ID   string
}

// Valid reports whether the id has the grammar of its kind.
func (s Scope) Valid() bool {
	switch s.Kind {
	case ScopeAgency:
		return ValidAgency(s.ID)
	case ScopeInspection, ScopeCase:
		return ValidID(s.ID)
	}
	return false
}

// Authors of events. An agency's desk writes AnyAgency types, and the rules of
// the case say which agency may; the others belong to one service of the hub.
const (
	AnyAgency = ""
	Operator  = "operator" // admits agencies to the directory; its key is the root of trust
	Routing   = "routing"
	Deadline  = "deadline"
	Vault     = "vault"
	Delivery  = "delivery"
)

// Type is one row of the table of event types: what it is about, who may file
// and sign it, how it is classified and what its data is.
type Type struct {
	Name           string // noun.verb, as in "referral.accepted"
	Scope          ScopeKind
	Author         string // AnyAgency, or the service of the hub
	Classification string // the CloudEvents attribute dataclassification
	payload        reflect.Type
	decode         func([]byte) (any, error)
}

const (
	typePrefix   = "org.saphan."
	schemaPrefix = "urn:saphan:schema:"
	version      = ".v1"
)

// CloudEventType returns the attribute type, as in "org.saphan.referral.accepted.v1".
func (t Type) CloudEventType() string { return typePrefix + t.Name + version }

// DataSchema returns the attribute dataschema, as in "urn:saphan:schema:referral.accepted.v1".
func (t Type) DataSchema() string { return schemaPrefix + t.Name + version }

// Payload reads the data member of an event of this type. It trusts that Check
// has passed: what Check refuses may be read wrongly here.
func (t Type) Payload(data []byte) (any, error) { return t.decode(data) }

// row makes a line of the table; T is the payload of the type.
func row[T any](name string, scope ScopeKind, author string) Type {
	return Type{
		Name: name, Scope: scope, Author: author, Classification: classification[scope],
		payload: reflect.TypeFor[T](),
		decode: func(data []byte) (any, error) {
			var v T
			if err := json.Unmarshal(data, &v); err != nil {
				return nil, fmt.Errorf("read %s: data does not fit its type", name)
			}
			return v, nil
		},
	}
}

// classification holds the recommended labels of the CloudEvents extension
// "data classification"; it is the only marking that an event carries.
var classification = map[ScopeKind]string{
	ScopeAgency:     "internal",
	ScopeInspection: "confidential",
	ScopeCase:       "restricted",
}

// table is the one list of what can be said on the bus.
var table = []Type{
	row[AgencyRegistered]("agency.registered", ScopeAgency, Operator),
	row[AgencyChanged]("agency.changed", ScopeAgency, Operator),
	row[AgencyCapacityChanged]("agency.capacity_changed", ScopeAgency, AnyAgency),

	row[VisitRecorded]("visit.recorded", ScopeInspection, AnyAgency),
	row[FindingRecorded]("finding.recorded", ScopeInspection, AnyAgency),
	row[FindingAmended]("finding.amended", ScopeInspection, AnyAgency),
	row[FindingRetracted]("finding.retracted", ScopeInspection, AnyAgency),
	row[TipReceived]("tip.received", ScopeInspection, AnyAgency),
	row[TipTriaged]("tip.triaged", ScopeInspection, AnyAgency),
	row[TipClosed]("tip.closed", ScopeInspection, AnyAgency),

	row[CaseOpened]("case.opened", ScopeCase, AnyAgency),
	row[CaseRestricted]("case.restricted", ScopeCase, AnyAgency),
	row[CaseLinked]("case.linked", ScopeCase, AnyAgency),
	row[CaseUnlinked]("case.unlinked", ScopeCase, AnyAgency),
	row[ScreeningCompleted]("screening.completed", ScopeCase, AnyAgency),
	row[ScreeningAmended]("screening.amended", ScopeCase, AnyAgency),
	row[ScreeningDecided]("screening.decided", ScopeCase, AnyAgency),
	row[CaseStageChanged]("case.stage_changed", ScopeCase, AnyAgency),
	row[StatusAsserted]("status.asserted", ScopeCase, AnyAgency),
	row[ContentRecorded]("content.recorded", ScopeCase, AnyAgency),
	row[ContentShared]("content.shared", ScopeCase, AnyAgency),
	row[ContentOpened]("content.opened", ScopeCase, Vault),
	row[AccessEnded]("access.ended", ScopeCase, Delivery),

	row[ReferralRequested]("referral.requested", ScopeCase, AnyAgency),
	row[ReferralOffered]("referral.offered", ScopeCase, Routing),
	row[ReferralNoReceiver]("referral.no_receiver", ScopeCase, Routing),
	row[ReferralDelivered]("referral.delivered", ScopeCase, AnyAgency),
	row[ReferralReceived]("referral.received", ScopeCase, AnyAgency),
	row[ReferralClaimed]("referral.claimed", ScopeCase, AnyAgency),
	row[ReferralInformationRequested]("referral.information_requested", ScopeCase, AnyAgency),
	row[ReferralInformationProvided]("referral.information_provided", ScopeCase, AnyAgency),
	row[ReferralAccepted]("referral.accepted", ScopeCase, AnyAgency),
	row[ReferralDeclined]("referral.declined", ScopeCase, AnyAgency),
	row[ReferralLapsed]("referral.lapsed", ScopeCase, Deadline),
	row[ReferralAssigned]("referral.assigned", ScopeCase, AnyAgency),
	row[ReferralConfirmed]("referral.confirmed", ScopeCase, AnyAgency),
	row[ReferralContactScheduled]("referral.contact_scheduled", ScopeCase, AnyAgency),
	row[ReferralContactUnattended]("referral.contact_unattended", ScopeCase, AnyAgency),
	row[ReferralContactMade]("referral.contact_made", ScopeCase, AnyAgency),
	row[ReferralStarted]("referral.started", ScopeCase, AnyAgency),
	row[ReferralHeld]("referral.held", ScopeCase, AnyAgency),
	row[ReferralResumed]("referral.resumed", ScopeCase, AnyAgency),
	row[ReferralCompleted]("referral.completed", ScopeCase, AnyAgency),
	row[ReferralFailed]("referral.failed", ScopeCase, AnyAgency),
	row[ReferralOutcomeAcknowledged]("referral.outcome_acknowledged", ScopeCase, AnyAgency),
	row[ReferralCancellationRequested]("referral.cancellation_requested", ScopeCase, AnyAgency),
	row[ReferralCancelled]("referral.cancelled", ScopeCase, AnyAgency),
	row[ReferralRevoked]("referral.revoked", ScopeCase, AnyAgency),
	row[ReferralWithdrawn]("referral.withdrawn", ScopeCase, AnyAgency),
	row[ReferralRerouted]("referral.rerouted", ScopeCase, AnyAgency),
	row[ReferralEnteredInError]("referral.entered_in_error", ScopeCase, AnyAgency),

	row[PersonTold]("person.told", ScopeCase, AnyAgency),
	row[LeadTransferRequested]("lead.transfer_requested", ScopeCase, AnyAgency),
	row[LeadTransferred]("lead.transferred", ScopeCase, AnyAgency),
	row[LeadDeclined]("lead.declined", ScopeCase, AnyAgency),
	row[DuplicateAsked]("duplicate.asked", ScopeCase, AnyAgency),
	row[DuplicateAnswered]("duplicate.answered", ScopeCase, AnyAgency),
	row[CaseMilestone]("case.milestone", ScopeCase, Routing),
	row[CaseClosed]("case.closed", ScopeCase, AnyAgency),
	row[CaseReopened]("case.reopened", ScopeCase, AnyAgency),
}

var (
	byName = index(func(t Type) string { return t.Name })
	byType = index(Type.CloudEventType)
)

func index(key func(Type) string) map[string]Type {
	m := make(map[string]Type, len(table))
	for _, t := range table {
		m[key(t)] = t
	}
	return m
}

// Types returns every event type, grouped by noun in the order of a case's life.
func Types() []Type { return slices.Clone(table) }

// TypeNamed finds a type by its short name, as in "referral.accepted".
func TypeNamed(name string) (Type, bool) { t, ok := byName[name]; return t, ok }

// TypesFitting returns the short names of the types that a word means: itself, as in
// "referral.accepted", or all of a noun, as in "referral.*". It is nil when there are
// none.
func TypesFitting(word string) []string {
	var names []string
	for _, t := range table {
		noun, _ := SplitName(t.Name)
		if word == t.Name || word == noun+".*" {
			names = append(names, t.Name)
		}
	}
	return names
}

// TypeOf returns the type of an event and false when this version has none such.
func TypeOf(e Event) (Type, bool) { t, ok := byType[e.Type()]; return t, ok }

// NameOf returns the short name of an event's type, as in "referral.accepted",
// and "" when this version has none such.
func NameOf(e Event) string { return byType[e.Type()].Name }

// ScopeOf returns the history that an event belongs to; the zero Scope when its
// type is unknown.
func ScopeOf(e Event) Scope {
	t, ok := TypeOf(e)
	if !ok {
		return Scope{}
	}
	return Scope{Kind: t.Scope, ID: e.Subject()}
}

// SplitName cuts "referral.accepted" into its noun and its verb.
func SplitName(name string) (noun, verb string) {
	noun, verb, _ = strings.Cut(name, ".")
	return noun, verb
}
