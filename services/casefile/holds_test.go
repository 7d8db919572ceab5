package casefile_test

import (
	"slices"
	"testing"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/casefile"
)

// TestHeld: what somebody has to take over when an agency leaves.
func TestHeld(t *testing.T) {
	t.Parallel()
	opened := "09:00 labour-one case.opened P1 origin=self"
	asked := func(then ...string) []string {
		return append([]string{opened, "09:01 labour-one referral.requested P1 referral=R1"}, then...)
	}
	for name, row := range map[string]struct {
		story []string
		want  map[string][]casefile.Hold // nobody else holds anything
	}{
		"nothing has happened": {},
		"led, and nobody asked": {[]string{opened}, map[string][]casefile.Hold{
			"labour-one": {casefile.HoldLead},
		}},
		"offered": {asked(), map[string][]casefile.Hold{
			"labour-one": {casefile.HoldLead}, "shelter-a": {casefile.HoldOffer},
		}},
		"declined, and the next one asked": {
			asked("09:02 shelter-a referral.declined P1 referral=R1"),
			map[string][]casefile.Hold{"labour-one": {casefile.HoldLead}, "shelter-b": {casefile.HoldOffer}},
		},
		"accepted": {asked("09:02 shelter-a referral.accepted P1 referral=R1"), map[string][]casefile.Hold{
			"labour-one": {casefile.HoldLead}, "shelter-a": {casefile.HoldAcceptance},
		}},
		"two referrals at one": {
			asked(
				"09:02 shelter-a referral.accepted P1 referral=R1",
				"09:03 labour-one referral.requested P1 referral=R2 to=shelter-a",
			),
			map[string][]casefile.Hold{
				"labour-one": {casefile.HoldLead}, "shelter-a": {casefile.HoldAcceptance, casefile.HoldOffer},
			},
		},
		"done, and not acknowledged": {
			asked(
				"09:02 shelter-a referral.accepted P1 referral=R1", "09:03 shelter-a referral.contact_made P1 referral=R1",
				"09:04 shelter-a referral.completed P1 referral=R1",
			),
			map[string][]casefile.Hold{"labour-one": {casefile.HoldLead}},
		},
		"taken back": {asked("09:02 labour-one referral.revoked P1 referral=R1"), map[string][]casefile.Hold{
			"labour-one": {casefile.HoldLead},
		}},
		"closed": {
			asked(
				"09:02 labour-one referral.revoked P1 referral=R1",
				"09:03 labour-one case.closed P1 reason=settled person_told=yes",
			),
			nil,
		},
		"asked to lead": {asked("09:02 labour-one lead.transfer_requested P1 to=police-one"), map[string][]casefile.Hold{
			"labour-one": {casefile.HoldLead}, "shelter-a": {casefile.HoldOffer}, "police-one": {casefile.HoldTransfer},
		}},
		"leads now": {
			asked(
				"09:02 labour-one lead.transfer_requested P1 to=police-one",
				"09:03 police-one lead.transferred P1 request=lead.transfer_requested",
			),
			map[string][]casefile.Hold{"shelter-a": {casefile.HoldOffer}, "police-one": {casefile.HoldLead}},
		},
		"it has left": {
			asked("09:02 shelter-a referral.accepted P1 referral=R1", "register shelter-a shelter TH-74 status=closed"),
			map[string][]casefile.Hold{"labour-one": {casefile.HoldLead}, "shelter-a": {casefile.HoldAcceptance}},
		},
		"an inspection waits for nobody": {
			asked("09:02 labour-one tip.received I1 origin=hotline"), map[string][]casefile.Hold{
				"labour-one": {casefile.HoldLead}, "shelter-a": {casefile.HoldOffer},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sixAgencies(t)
			for _, line := range row.story {
				w.tell(line)
			}
			for _, a := range append(w.agencies, casefile.Agency{}) {
				if got := w.caseState("P1").Held(a.ID); !slices.Equal(got, row.want[a.ID]) {
					t.Errorf("%q holds %q, want %q", a.ID, got, row.want[a.ID])
				}
				if got := w.state(schemas.Scope{Kind: schemas.ScopeInspection, ID: w.id("I1")}).Held(a.ID); got != nil {
					t.Errorf("%q holds %q of an inspection", a.ID, got)
				}
			}
		})
	}
}
