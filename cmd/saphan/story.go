package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// scene is one thing that somebody does at their desk, and when.
type scene struct {
	at  string // weekday and time in Bangkok, as the trace shows it
	who string
	do  func(context.Context, *play, *deskclient.Client) error
}

// story is what the agencies do. What follows from it, they and the hub do by
// themselves: offers, the next choice, delivery, and handing on what is sealed.
var story = []scene{
	{"Mon 09:12:00.000", sampleLabour, files(0, 5)},
	{"Mon 09:40:00.000", sampleLabour, files(5, 6)},
	{"Mon 09:41:07.113", sampleLabour, files(6, 7)},
	{"Mon 09:47:12.402", sampleRiverside, opens("content.shared", "offer")},
	{"Mon 09:47:40.018", sampleRiverside, says("claim", desk.ActInput{})},
	{"Mon 09:49:31.250", sampleRiverside, says("decline", desk.ActInput{Reason: "cannot_take", Text: "The last bed was taken this morning. Invented."})},
	{"Mon 09:58:04.770", sampleHarbour, says("ask", desk.ActInput{Text: "Can she climb stairs? Invented."})},
	{"Mon 10:03:22.001", sampleLabour, says("answer", desk.ActInput{Text: "Yes. Invented."})},
	{"Mon 10:05:47.309", sampleHarbour, says("accept", desk.ActInput{})},
	{"Mon 10:06:10.000", sampleHarbour, opens("content.shared", "contact")},
	{"Mon 11:55:00.000", sampleHarbour, says("meet", desk.ActInput{})},
	{"Tue 16:00:30.000", sampleHarbour, says("complete", desk.ActInput{Text: "She is safe and has met a lawyer. Invented."})},
	{"Tue 17:29:10.000", sampleLabour, opens("referral.completed", "feedback")},
	{"Tue 17:30:00.000", sampleLabour, says("acknowledge", desk.ActInput{})},
}

// play is a telling of the story: fresh ids, and everybody's client.
type play struct {
	site   *site
	clock  *storyClock
	events []json.RawMessage // the example, with ids of its own
	desks  map[string]*deskclient.Client
}

func newPlay(s *site, dir string, clock *storyClock) (*play, error) {
	p := &play{site: s, clock: clock, desks: make(map[string]*deskclient.Client)}
	ids := schemas.IDs{Now: clock.Now, Fill: fill}
	if err := json.Unmarshal(withNewIDs(schemas.Example(), ids), &p.events); err != nil {
		return nil, fmt.Errorf("read example: %w", err)
	}
	for _, agency := range s.desks.agencies() {
		file, err := deskclient.Load(filepath.Join(deskDir(dir, agency), "desk.json"))
		if err != nil {
			return nil, err
		}
		p.desks[agency] = deskclient.New(file)
	}
	return p, nil
}

// exampleIDs finds the ids in the example: of events, then of everything else.
var exampleIDs = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b`)

// withNewIDs gives a document ids that were never used, the same for the same.
func withNewIDs(doc []byte, ids schemas.IDs) []byte {
	made := make(map[string]string)
	return exampleIDs.ReplaceAllFunc(doc, func(old []byte) []byte {
		id, ok := made[string(old)]
		switch {
		case ok:
		case schemas.ValidEventID(string(old)):
			id = ids.EventID()
		default:
			id = ids.ID()
		}
		made[string(old)] = id
		return []byte(id)
	})
}

// run plays every scene, each after all that follows from the one before.
func (p *play) run(ctx context.Context) error {
	for _, sc := range story {
		at, err := parseScene(sc.at)
		if err != nil {
			return err
		}
		p.clock.Set(at)
		if err := sc.do(ctx, p, p.desks[sc.who]); err != nil {
			return fmt.Errorf("%s, %s: %w", sc.at, sc.who, err)
		}
		if err := p.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until nothing is left to do for anybody.
func (p *play) settle(ctx context.Context) error {
	for quietRounds := 0; quietRounds < 2; {
		done, err := p.settled(ctx)
		if err != nil {
			return err
		}
		if done {
			quietRounds++
			continue
		}
		quietRounds = 0
		if err := wait(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) settled(ctx context.Context) (bool, error) {
	for _, agency := range p.site.desks.agencies() {
		d := p.site.desks.running(agency)
		if d == nil {
			continue
		}
		pending, err := d.Pending(ctx)
		if err != nil || len(pending) > 0 {
			return false, err
		}
	}
	return p.site.hub.bus.Settled(ctx)
}

// files posts a part of the example.
func files(from, to int) func(context.Context, *play, *deskclient.Client) error {
	return func(ctx context.Context, p *play, c *deskclient.Client) error {
		for _, raw := range p.events[from:to] {
			if _, err := c.File(ctx, raw); err != nil {
				return err
			}
		}
		return nil
	}
}

// says files one answer to the story's referral.
func says(verb string, in desk.ActInput) func(context.Context, *play, *deskclient.Client) error {
	return func(ctx context.Context, p *play, c *deskclient.Client) error {
		_, err := c.Act(ctx, verb, p.referralID(), in)
		return err
	}
}

// opens opens a section of the last event of a type that names it.
func opens(typ, section string) func(context.Context, *play, *deskclient.Client) error {
	return func(ctx context.Context, p *play, c *deskclient.Client) error {
		steps, err := c.Trace(ctx, p.caseID())
		if err != nil {
			return err
		}
		in := desk.OpenInput{Case: p.caseID(), Section: section, Purpose: "protect"}
		for _, st := range steps {
			for _, sealed := range st.Sealed {
				if st.Type == typ && sealed == section {
					in.Event = st.Event
				}
			}
		}
		_, err = c.Open(ctx, in)
		return err
	}
}

// field reads a member of an event of the example.
func (p *play) field(event int, read func(e exampleEvent) string) string {
	var e exampleEvent
	if json.Unmarshal(p.events[event], &e) != nil {
		return ""
	}
	return read(e)
}

type exampleEvent struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Data    struct {
		Referral string `json:"referral"`
	} `json:"data"`
}

// The last event of the example asks for help.
func (p *play) caseID() string {
	return p.field(len(p.events)-1, func(e exampleEvent) string { return e.Subject })
}

func (p *play) requestID() string {
	return p.field(len(p.events)-1, func(e exampleEvent) string { return e.ID })
}

func (p *play) referralID() string {
	return p.field(len(p.events)-1, func(e exampleEvent) string { return e.Data.Referral })
}

// storyMonday is the invented Monday on which the story begins.
const storyMonday = "2026-11-23"

// parseScene reads "Mon 09:12:00.000" in Bangkok.
func parseScene(at string) (time.Time, error) {
	t, err := time.Parse("2006-01-02 15:04:05.000", storyMonday+at[3:])
	if err != nil {
		return time.Time{}, fmt.Errorf("read story: %w", err)
	}
	if at[:3] == "Tue" {
		t = t.AddDate(0, 0, 1)
	}
	return t.Add(-7 * time.Hour), nil
}

// storyClock is the one clock of the demonstration. It stands still until it is
// set, so that what follows from a scene happens in its instant; after the story
// it runs.
type storyClock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time // when it began to run; zero while it stands still
}

func newStoryClock() *storyClock {
	at, _ := parseScene("Mon 09:00:00.000")
	return &storyClock{at: at}
}

// Now reads the clock.
func (c *storyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

// Set puts the clock forward.
func (c *storyClock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// Run lets the clock go on by itself.
func (c *storyClock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}
