package natsbus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// DeadLetter is a message that a consumer gave up on. The message itself lies
// where it was.
type DeadLetter struct {
	Time     time.Time `json:"time"`
	Stream   string    `json:"stream"`
	Consumer string    `json:"consumer"` // the service, or the agency for an inbox
	Sequence uint64    `json:"sequence"` // in its stream
	Tries    int       `json:"tries"`
	// Reason is the code that it was given up with, as in "invalid.schema"; empty
	// when it was handed out too often.
	Reason string `json:"reason"`
	// Place is its place on record: the next one has a higher place.
	Place uint64 `json:"-"`
}

// advisory is the part of the broker's advisories that is read.
type advisory struct {
	Time     time.Time `json:"timestamp"`
	Stream   string    `json:"stream"`
	Consumer string    `json:"consumer"`
	Sequence uint64    `json:"stream_seq"`
	Tries    int       `json:"deliveries"`
	Reason   string    `json:"reason"`
	Place    uint64    `json:"-"`
}

// adviceBatch is how many advisories the broker sends at once.
const adviceBatch = 1000

// DeadLetters returns the dead letters that are on record behind a place, oldest
// first; behind 0, all of them. The record holds the last 100,000.
func (h *Hub) DeadLetters(ctx context.Context, after uint64) ([]DeadLetter, error) {
	msgs, err := h.keeper.read(ctx, streamAdvice, query{From: after + 1, Batch: adviceBatch})
	if err != nil {
		return nil, err
	}
	letters := make([]DeadLetter, len(msgs))
	for i, m := range msgs {
		var a advisory
		if err := json.Unmarshal(m.Data, &a); err != nil {
			return nil, damaged("read advisories", fmt.Errorf("not an advisory"))
		}
		if a.Place, err = sequenceOf(m); err != nil {
			return nil, damaged("read advisories", err)
		}
		letters[i] = DeadLetter(a)
	}
	return letters, nil
}
