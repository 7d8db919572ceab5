package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// cliLetters are one of each kind: of a service, of a desk, and one that is settled.
func cliLetters() []operator.LetterPreview {
	at := time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)
	letter := func(place uint64, stream, consumer, reason string, state operator.LetterState) operator.Letter {
		return operator.Letter{
			DeadLetter: operator.DeadLetter{Place: place, Time: at, Stream: stream, Consumer: consumer, Sequence: 7, Tries: 30, Reason: reason},
			Type:       "referral.requested", Event: "966c26f8ad91", Reference: schemas.Reference(storyCase), State: state,
		}
	}
	service := operator.LetterPreview{
		Letter: letter(17, operator.StreamLedger, "routing", "internal.bug", operator.Open),
		ID:     cliEvent, Source: "urn:saphan:agency:" + sampleLabour, Subject: storyCase, Recorded: at,
		Digest: strings.Repeat("9f2c", 16), Size: 2, Bytes: []byte("{}"), Remedy: operator.HandOver, To: "routing",
	}
	service.Replayed, service.Outcome = at, "panic"
	inbox := operator.LetterPreview{
		Letter: letter(21, operator.StreamInbox, sampleHarbour, operator.ReasonNone, operator.BrokenOff), Remedy: operator.PutAgain, To: sampleHarbour,
	}
	settled := operator.LetterPreview{Letter: letter(9, operator.StreamLedger, "delivery", "panic", operator.Handled), Remedy: operator.Nothing}
	return []operator.LetterPreview{inbox, service, settled}
}

func TestLettersAreListed(t *testing.T) {
	t.Parallel()
	h := &cliHub{letters: cliLetters()[:2]}
	expect(t, h.play(t, "", "deadletter", "ls"), said{0, `LETTER  GIVEN UP          BY               WHY           TRIES  EVENT                            ABOUT        STANDS
21      2026-11-24 17:30  shelter-harbour  no_reason     30     referral.requested 966c26f8ad91  KF7M-F79X-H  replay broken off
17      2026-11-24 17:30  routing          internal.bug  30     referral.requested 966c26f8ad91  KF7M-F79X-H  needs somebody: panic
`, ""})
	if h.query != (operator.Query{}) {
		t.Errorf("asked for %+v", h.query)
	}
	got := h.play(t, "", "deadletter", "ls", "--all", "--consumer", "routing", "--reason", "panic", "--since", "2026-11-23T16:00:00+07:00", "--json")
	want := operator.Query{All: true, Consumer: "routing", Reason: "panic", Since: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	var list operator.LetterList
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || len(list.Letters) != 2 || h.query != want {
		t.Errorf("%v, asked for %+v", err, h.query)
	}
	h.play(t, "", "deadletter", "ls", "--since", "2h")
	if since := time.Since(h.query.Since); since < 2*time.Hour || since > 3*time.Hour {
		t.Errorf("--since 2h asked for what is %v old", since)
	}
	expect(t, (&cliHub{}).play(t, "", "deadletter", "ls"), said{0, "No letter needs anybody.\n", ""})
}

func TestALetterIsShown(t *testing.T) {
	t.Parallel()
	h := &cliHub{letters: cliLetters()}
	expect(t, h.play(t, "", "deadletter", "show", "17"), said{0, `LETTER  GIVEN UP          BY       WHY           TRIES  EVENT                            ABOUT        STANDS
17      2026-11-24 17:30  routing  internal.bug  30     referral.requested 966c26f8ad91  KF7M-F79X-H  needs somebody: panic

  event       0190163d-8694-739b-aea5-966c26f8ad91
  filed by    urn:saphan:agency:labour-samutsakhon
  about       ` + storyCase + `
  recorded    2026-11-24 10:30:00.000 UTC
  bytes       2, sha256 ` + strings.Repeat("9f2c", 16) + `
  replayed    2026-11-24 17:30
  a replay    hands it to routing again
`, ""})
	expect(t, h.play(t, "", "deadletter", "show", "17", "--bytes"), said{0, "{}", ""})
	if got := h.play(t, "", "deadletter", "show", "21"); !strings.Contains(got.out, "a replay    puts it into the inbox of shelter-harbour again, if it may still see it\n") {
		t.Errorf("%+v", got)
	}
	if got := h.play(t, "", "deadletter", "show", "x"); got.exit != exitUsage {
		t.Errorf("%+v", got)
	}
}

// Without --yes a replay is told, and not done.
func TestAReplayIsForetold(t *testing.T) {
	t.Parallel()
	h := &cliHub{letters: cliLetters()}
	expect(t, h.play(t, "", "deadletter", "replay", "17", "9", "21"), said{0, `     9  referral.requested KF7M-F79X-H: would do nothing
    17  referral.requested KF7M-F79X-H: hands it to routing again
    21  referral.requested KF7M-F79X-H: puts it into the inbox of shelter-harbour again, if it may still see it
Nothing was done. With --yes, 2 of 3 are replayed.
`, ""})
	if h.replayed != nil {
		t.Errorf("replayed %v", h.replayed)
	}
}

func TestLettersAreReplayed(t *testing.T) {
	t.Parallel()
	h := &cliHub{letters: cliLetters()[:2]}
	expect(t, h.play(t, "", "deadletter", "replay", "--reason", "internal.bug", "--yes"), said{0, `    17  referral.requested KF7M-F79X-H: dealt with: panic
    21  referral.requested KF7M-F79X-H: dealt with
`, ""})
	if want := []uint64{17, 21}; !slices.Equal(h.replayed, want) || h.query.Reason != "internal.bug" {
		t.Errorf("replayed %v of %+v, want the oldest first", h.replayed, h.query)
	}
	h = &cliHub{letters: cliLetters()}
	got := h.play(t, "", "deadletter", "replay", "9", "17", "--yes", "--json")
	var told struct {
		Replayed []struct {
			Letter  uint64
			State   string
			Refusal *services.Error
		}
	}
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || got.exit != exitPartial || len(told.Replayed) != 2 {
		t.Fatalf("%v: %+v", err, got)
	}
	if r := told.Replayed[0]; r.Letter != 9 || r.Refusal == nil || r.Refusal.Code != "letter_settled" {
		t.Errorf("the settled one: %+v", r)
	}
	if r := told.Replayed[1]; r.Letter != 17 || r.State != "handled" || r.Refusal != nil {
		t.Errorf("the other one: %+v", r)
	}
}

// Nobody replays everything by accident: which letters are meant has to be said.
func TestAReplaySaysWhichLetters(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", "--yes", "17 --consumer routing", "x --yes", "-1"} {
		h := &cliHub{letters: cliLetters()}
		got := h.play(t, "", strings.Fields(fmt.Sprintf("deadletter replay %s", typed))...)
		if diff := cmp.Diff(exitUsage, got.exit); diff != "" || h.replayed != nil {
			t.Errorf("%q: %+v, replayed %v", typed, got, h.replayed)
		}
	}
}
