package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/operator"
)

// TestDeadLettersAreAlarms: those that are there at the start, and then each
// minute those that have come.
func TestDeadLettersAreAlarms(t *testing.T) {
	t.Parallel()
	record := []operator.DeadLetter{
		{Consumer: "routing", Reason: "internal.bug", Sequence: 4711, Place: 1},
		{Consumer: sampleHarbour, Place: 2},
		{Consumer: "routing", Reason: "internal.bug", Place: 3},
	}
	minutes := [][]operator.DeadLetter{nil, {{Consumer: "routing", Reason: "internal.bug", Place: 9}}, nil}
	ctx, stop := context.WithCancel(t.Context())
	var log bytes.Buffer
	var told [][]string
	d := deadLetters{world: world{log: zerolog.New(&log)}}
	away := true
	d.read = func(_ context.Context, after uint64) ([]operator.DeadLetter, []operator.Replay, error) {
		if away = !away; away {
			return nil, nil, services.Refuse(services.Later, services.CodeBusAway)
		}
		i := slices.IndexFunc(record, func(l operator.DeadLetter) bool { return l.Place > after })
		if i < 0 {
			return nil, nil, nil
		}
		return record[i:], nil, nil
	}
	d.world.wait = func(_ context.Context, pause time.Duration) error {
		if pause != time.Minute {
			t.Errorf("waits %v", pause)
		}
		told = append(told, alarms(t, &log))
		if away {
			return nil // and it is asked again
		}
		if len(minutes) == 0 {
			stop()
			return ctx.Err()
		}
		record, minutes = append(record, minutes[0]...), minutes[1:]
		return nil
	}
	if err := d.watch(ctx); err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"routing internal.bug 2 of 2", sampleHarbour + "  1 of 1"}, {"bus_away"}, {},
		{"bus_away"}, {"routing internal.bug 1 of 3"}, {"bus_away"}, {},
	}
	for i := range told {
		if slices.Sort(told[i]); i >= len(want) || !slices.Equal(told[i], want[i]) {
			t.Errorf("look %d told %q", i, told[i])
		}
	}
	if len(told) != len(want) {
		t.Errorf("looked %d times", len(told))
	}
}

// alarms reads what was logged since the last time.
func alarms(t *testing.T, log *bytes.Buffer) []string {
	t.Helper()
	var told []string
	for line := range strings.Lines(log.String()) {
		var l struct {
			Level, Alarm, Consumer, Reason, Code string
			New, Total                           json.Number
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Level == "warn" {
			told = append(told, l.Code)
			continue
		}
		if l.Level != "error" || l.Alarm != "dead_letters" || strings.Contains(line, "4711") {
			t.Errorf("logged %s", line)
		}
		told = append(told, l.Consumer+" "+l.Reason+" "+l.New.String()+" of "+l.Total.String())
	}
	log.Reset()
	return told
}
