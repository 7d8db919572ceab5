package natsbus

import (
	"slices"
	"strconv"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Streams.
const (
	streamLedger = "LEDGER"
	streamVault  = "VAULT"
	streamInbox  = "INBOX"
	streamAdvice = "ADVICE"
	streamAudit  = "AUDIT"
	streamCited  = "CITED"
)

// First tokens of our subjects.
const (
	rootLedger = "ledger" // ledger.<scope kind>.<scope id>.<page>.<event>
	rootVault  = "vault"  // vault.<agency>.<event>.<section>.<digest16>
	rootInbox  = "inbox"  // inbox.<agency>.<scope id>.<event>
	rootAudit  = "audit"  // audit.<agency, or "hub">
	rootCited  = "cited"  // cited.<inspection>.<page>.<case>
)

// What the record of dead letters holds: two advisories of the broker, and what we
// say of a replay.
const (
	adviceExceeded   = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>"
	adviceTerminated = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"
	subjectReplayed  = "advice.replayed"
)

const (
	queue = "hub" // the hubs that share the requests of desks
	rest  = ">"
)

// Headers of stored messages.
const (
	headerRecorded = "Saphan-Recorded" // when the gate accepted it; UTC, milliseconds
	headerSequence = "Saphan-Sequence" // of an inbox message: its place in the ledger
	headerSubject  = "Saphan-Subject"  // of an inbox message: where it lies in the ledger
)

// verbs are the requests that the hub serves.
var verbs = []string{services.VerbSubmit, services.VerbSeal, services.VerbOpen, services.VerbAsk}

// digestToken is how many hex digits of a section's digest its subject holds.
const digestToken = 16

// token is one part of a subject, and whether it keeps the grammar of its kind.
type token struct {
	text string
	ok   bool
}

func agencyToken(id string) token {
	return token{id, schemas.ValidAgency(id) && id != schemas.HubAgency}
}

func eventToken(id string) token { return token{id, schemas.ValidEventID(id)} }

func sectionToken(name string) token { return token{name, slices.Contains(schemas.Sections(), name)} }

func scopeIDToken(id string) token { return token{id, schemas.ValidID(id)} }

func pageToken(page int) token { return token{strconv.Itoa(page), page >= 0} }

func verbToken(verb string) token { return token{verb, slices.Contains(verbs, verb)} }

func restToken() token { return token{rest, true} }

func digest16Token(digest string) token {
	if !schemas.ValidDigest(digest) {
		return token{}
	}
	return token{digest[:digestToken], true}
}

// scopeTokens are the kind and the id of a scope.
func scopeTokens(s schemas.Scope) []token {
	return []token{{string(s.Kind), s.Valid()}, {s.ID, s.Valid()}}
}

// subject joins tokens; it is Invalid when one breaks its grammar.
func subject(root string, tokens ...token) (string, error) {
	parts := make([]string, 1, len(tokens)+1)
	parts[0] = root
	for _, t := range tokens {
		if !t.ok {
			return "", services.Refuse(services.Invalid, "subject")
		}
		parts = append(parts, t.text)
	}
	return strings.Join(parts, "."), nil
}

func ledgerSubject(s schemas.Scope, page int, event string) (string, error) {
	return subject(rootLedger, append(scopeTokens(s), pageToken(page), eventToken(event))...)
}

func scopeFilter(s schemas.Scope) (string, error) {
	return subject(rootLedger, append(scopeTokens(s), restToken())...)
}

func pageFilter(s schemas.Scope, page int) (string, error) {
	return subject(rootLedger, append(scopeTokens(s), pageToken(page), restToken())...)
}

func kindFilter(k schemas.ScopeKind) (string, error) {
	known := slices.ContainsFunc(schemas.Types(), func(t schemas.Type) bool { return t.Scope == k })
	return subject(rootLedger, token{string(k), known}, restToken())
}

// shelf is where a section lies in the vault.
type shelf struct{ agency, event, section, digest string }

func vaultSubject(s shelf) (string, error) {
	return subject(rootVault, agencyToken(s.agency), eventToken(s.event), sectionToken(s.section), digest16Token(s.digest))
}

func inboxSubject(agency, scopeID, event string) (string, error) {
	return subject(rootInbox, agencyToken(agency), scopeIDToken(scopeID), eventToken(event))
}

func inboxFilter(agency string) (string, error) {
	return subject(rootInbox, agencyToken(agency), restToken())
}

// auditSubject never fails: whoever is no agency is filed under the hub.
func auditSubject(agency string) string {
	if !agencyToken(agency).ok {
		agency = schemas.HubAgency
	}
	return rootAudit + "." + agency
}

func requestFilter(verb string) (string, error) {
	v := verbToken(verb)
	if !v.ok {
		return "", services.Refuse(services.Invalid, "verb")
	}
	return v.text + ".*", nil
}

// asker returns the account that a request came from, as its subject says.
func asker(requested string) string {
	_, account, _ := strings.Cut(requested, ".")
	return account
}

// answerable reports whether a request's reply may be sent where it asks for:
// to a reply subject of the client library or of an account import, and not
// into a stream.
func answerable(reply string) bool { return strings.HasPrefix(reply, "_") }
