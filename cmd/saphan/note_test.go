package main

import (
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
)

// quiet are the types of which a trace tells nothing beside that they happened, and
// to whom: what else they say is sealed, or an id.
var quiet = []string{
	"visit.recorded", "case.opened", "case.restricted", "case.linked", "screening.amended",
	"content.recorded", "content.shared", "content.opened", "access.ended",
	"referral.no_receiver", "referral.delivered", "referral.information_provided", "referral.lapsed", "referral.assigned",
	"referral.contact_scheduled", "referral.contact_unattended", "referral.started", "referral.resumed",
	"referral.cancelled", "referral.withdrawn", "referral.entered_in_error",
	"lead.transfer_requested", "lead.transferred", "duplicate.asked",
}

// Whoever adds a type decides what a trace tells of it.
func TestEveryTypeHasItsNoteOrIsQuiet(t *testing.T) {
	t.Parallel()
	for _, typ := range schemas.Types() {
		if typ.Scope == schemas.ScopeAgency {
			continue // in no trace
		}
		_, told := notes[typ.Name]
		places := 0
		for _, in := range []bool{told, slices.Contains(coded, typ.Name), slices.Contains(quiet, typ.Name)} {
			if in {
				places++
			}
		}
		if places != 1 {
			t.Errorf("%s is in %d of notes, coded and quiet", typ.Name, places)
		}
	}
}
