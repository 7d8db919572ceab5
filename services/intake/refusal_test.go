package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// Every refusal has one kind and code, stores nothing, and tells the audit who
// and which type, and no more.
func TestSubmitRefuses(t *testing.T) {
	t.Parallel()
	sealed := schemas.ScreeningCompleted{Seals: schemas.Seals{Sealed: []schemas.Sealed{
		{Section: "account", Digest: schemas.Digest([]byte("sealed"))},
	}}}
	nowhere := schemas.DeriveEventID(epoch, "test", "", "nowhere", 0)
	secret := "Invented Person One"
	for _, test := range []struct {
		name  string
		from  services.Party
		raw   func(*testing.T, schemas.InOffer) []byte
		given func(*bus)
		want  string // as the audit hears it
	}{
		{
			name: "not an event", from: by(labour), want: labour + "  invalid malformed",
			raw: func(*testing.T, schemas.InOffer) []byte { return []byte(`{"name":"` + secret) },
		}, {
			name: "against its schema", from: by(labour), want: labour + " finding.recorded invalid schema",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				f := finding()
				f.Sector = secret
				return say(t, by(labour), "finding.recorded", site, 0, f)
			},
		}, {
			name: "source of another agency", from: by(harbour), want: harbour + " finding.recorded forbidden source",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "source of no agency", from: by(harbour), want: harbour + " finding.recorded forbidden source",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by("nobody-example"), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "source of a service", from: by(harbour), want: harbour + " referral.offered forbidden source",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, routing, "referral.offered", theCase, 1,
					schemas.ReferralOffered{InReferral: referral, To: harbour, Why: []string{"named"}})
			},
		}, {
			name: "agency says what routing says", from: by(harbour), want: harbour + " referral.offered forbidden signer",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(harbour), "referral.offered", theCase, 1,
					schemas.ReferralOffered{InReferral: referral, To: harbour, Why: []string{"named"}})
			},
		}, {
			name: "service says what an agency says", from: routing, want: "routing finding.recorded forbidden signer",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, routing, "finding.recorded", site, 0, finding())
			},
		}, {
			name: "service says what another says", from: routing, want: "routing content.opened forbidden signer",
			raw: func(t *testing.T, o schemas.InOffer) []byte {
				return say(t, routing, "content.opened", theCase, 0,
					schemas.ContentOpened{Event: o.Offer, Section: "offer", By: shelter, Purpose: "decide"})
			},
		}, {
			name: "signature", from: by(labour), want: labour + " finding.recorded unauthorized signature",
			given: func(b *bus) { b.unsigned = true },
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "not registered", from: by("nobody-example"), want: "nobody-example finding.recorded forbidden agency",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by("nobody-example"), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "suspended", from: by(labour), want: labour + " finding.recorded forbidden agency",
			given: func(b *bus) { b.agencies[labour] = "suspended" },
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "too late", from: by(labour), want: labour + " finding.recorded invalid schema",
			given: func(b *bus) { b.now = epoch.Add(schemas.MaxAge + time.Minute) },
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "too early", from: by(labour), want: labour + " finding.recorded invalid schema",
			given: func(b *bus) { b.now = epoch.Add(-schemas.MaxAhead - time.Minute) },
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "finding.recorded", site, 0, finding())
			},
		}, {
			name: "more than a word about its room", from: by(harbour), want: harbour + " agency.capacity_changed too_large too_large",
			raw: func(t *testing.T, _ schemas.InOffer) []byte { return word(t, 16<<10+1) },
		}, {
			name: "as long as one may be, of whom nobody has registered", from: by(harbour),
			want: harbour + " agency.capacity_changed conflict not_registered",
			raw:  func(t *testing.T, _ schemas.InOffer) []byte { return word(t, 16<<10) },
		}, {
			name: "section is not held", from: by(labour), want: labour + " screening.completed later no_section",
			given: func(b *bus) { b.missing = true },
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "screening.completed", theCase, 0, sealed)
			},
		}, {
			name: "cites what is not there", from: by(labour), want: labour + " case.opened unknown citation",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "case.opened", strings.Repeat("cb", 16), 1,
					opened(schemas.Citation{Inspection: site, Event: nowhere}))
			},
		}, {
			name: "case is not there", from: by(labour), want: labour + " referral.requested unknown not_visible",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "referral.requested", strings.Repeat("cb", 16), 0, asked())
			},
		}, {
			name: "no party to the case", from: by(harbour), want: harbour + " referral.accepted unknown not_visible",
			raw: func(t *testing.T, o schemas.InOffer) []byte {
				return say(t, by(harbour), "referral.accepted", theCase, 0, schemas.ReferralAccepted{InOffer: o})
			},
		}, {
			name: "no party to the case, with an id that is in it", from: by(harbour),
			want: harbour + " referral.revoked unknown not_visible",
			raw: func(t *testing.T, o schemas.InOffer) []byte {
				return write(t, schemas.Draft{
					ID: o.Offer, Author: by(harbour), Type: "referral.revoked", Subject: theCase, Time: epoch,
					Data: schemas.ReferralRevoked{InReferral: referral, Reason: "other"},
				})
			},
		}, {
			name: "id of another author", from: by(labour), want: labour + " referral.revoked conflict id_reused",
			raw: func(t *testing.T, o schemas.InOffer) []byte {
				return write(t, schemas.Draft{
					ID: o.Offer, Author: by(labour), Type: "referral.revoked", Subject: theCase, Time: epoch,
					Data: schemas.ReferralRevoked{InReferral: referral, Reason: "other"},
				})
			},
		}, {
			name: "own id, other bytes", from: by(labour), want: labour + " case.opened conflict id_reused",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				other := opened()
				other.Origin = "tip"
				return say(t, by(labour), "case.opened", theCase, 0, other)
			},
		}, {
			name: "state does not allow it", from: by(labour), want: labour + " referral.outcome_acknowledged conflict not_completed",
			raw: func(t *testing.T, _ schemas.InOffer) []byte {
				return say(t, by(labour), "referral.outcome_acknowledged", theCase, 0,
					schemas.ReferralOutcomeAcknowledged{InReferral: referral})
			},
		}, {
			name: "never in the ledger", from: services.Party{Service: schemas.Delivery},
			want: "delivery access.ended forbidden not_for_ledger",
			raw: func(t *testing.T, o schemas.InOffer) []byte {
				return say(t, services.Party{Service: schemas.Delivery}, "access.ended", theCase, 0,
					schemas.AccessEnded{Cause: o.Offer, Events: []string{o.Offer}})
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBus()
			offer := b.openCase(t)
			before := b.stored()
			if test.given != nil {
				test.given(b)
			}
			_, err := b.Submit(t.Context(), test.from, test.raw(t, offer))
			var refusal *services.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("Submit = %v, want a refusal", err)
			}
			if !slices.Equal(b.refused, []string{test.want}) {
				t.Errorf("refused %q, want %q", b.refused, test.want)
			}
			if !slices.Equal(b.stored(), before) {
				t.Errorf("stored %q", b.stored()[len(before):])
			}
			if strings.Contains(err.Error(), secret) {
				t.Error("the refusal repeats a value")
			}
		})
	}
}

// word is what an agency says about its room, in so many bytes.
func word(t *testing.T, size int) []byte {
	raw := say(t, by(harbour), "agency.capacity_changed", harbour, 0, schemas.AgencyCapacityChanged{Service: "shelter", Capacity: "none"})
	return append(raw, bytes.Repeat([]byte(" "), size-len(raw))...)
}

// Whether the claimed source exists cannot be told from the answer.
func TestForeignSourceLooksLikeNone(t *testing.T) {
	t.Parallel()
	b := newBus()
	var answers []string
	for _, source := range []string{labour, "nobody-example"} {
		_, err := b.Submit(t.Context(), by(harbour), say(t, by(source), "finding.recorded", site, 0, finding()))
		answers = append(answers, fmt.Sprintf("%+v", *services.AsError(err)))
	}
	if answers[0] != answers[1] {
		t.Errorf("answers differ: %s and %s", answers[0], answers[1])
	}
}
