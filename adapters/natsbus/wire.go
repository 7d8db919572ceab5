package natsbus

import (
	"encoding/json"
	"fmt"

	"github.com/saphan-project/saphan/services"
)

// maxRequest is the largest body of a request in bytes: a sealed section of
// schemas.MaxSection bytes as base64 in JSON.
const maxRequest = 384 << 10

// answer is what the hub replies to a request: one of its two members.
type answer struct {
	Reply json.RawMessage `json:"reply,omitempty"`
	Error *services.Error `json:"error,omitempty"`
}

// encodeAnswer writes a reply or a refusal. What cannot be written, or is larger
// than limit bytes, becomes a refusal of kind Internal: never silence.
func encodeAnswer(reply services.Reply, err error, limit int64) []byte {
	if err != nil {
		return encodeRefusal(services.AsError(err))
	}
	body, err := json.Marshal(reply)
	if err != nil {
		return encodeRefusal(services.Refuse(services.Internal, "reply"))
	}
	raw, err := json.Marshal(answer{Reply: body})
	if err != nil || int64(len(raw)) > limit {
		return encodeRefusal(services.Refuse(services.Internal, "reply_too_large"))
	}
	return raw
}

// encodeRefusal writes a refusal, without its cause. A list of problems so long
// that it would not travel is left out.
func encodeRefusal(e *services.Error) []byte {
	raw, err := json.Marshal(answer{Error: e})
	if err != nil || len(raw) > maxRequest {
		short := *e
		short.Problems = nil
		raw, _ = json.Marshal(answer{Error: &short}) // three strings: cannot fail
	}
	return raw
}

// decodeAnswer reads the reply into v, or returns the hub's refusal as it was
// sent.
func decodeAnswer(raw []byte, v any) error {
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return damaged("read answer", fmt.Errorf("not an answer"))
	}
	switch {
	case a.Error != nil:
		return a.Error
	case a.Reply == nil || string(a.Reply) == "null":
		return damaged("read answer", fmt.Errorf("empty"))
	}
	if err := json.Unmarshal(a.Reply, v); err != nil {
		return damaged("read answer", fmt.Errorf("not the reply that was asked for"))
	}
	return nil
}
