package httpapi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saphan-project/saphan/services/desk"
)

// A word over a batch answers for each case by itself: what it would have got alone.
func TestABatchAnswersForEachCase(t *testing.T) {
	t.Parallel()
	w := start(t)
	got := w.send(t, ask{
		"POST", "/v1/batches/" + batchID + "/decline", `{"reason":"cannot_take","cases":["KF7M-F79X-H","0000"]}`, asJSON,
	})
	var body struct {
		Batch, Event string
		Results      []struct {
			Case, Reference string
			Status          int
			Answer          *struct{ Event string }
			Problem         *struct{ Type, State string }
		}
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 207 || len(body.Results) != 3 {
		t.Fatalf("%v: %d %s", err, got.status, got.body)
	}
	if body.Batch != batchID || body.Event != eventID {
		t.Errorf("batch %s, event %s", body.Batch, body.Event)
	}
	filed, waits, refused := body.Results[0], body.Results[1], body.Results[2]
	if filed.Status != 201 || filed.Answer.Event != otherID || filed.Problem != nil {
		t.Errorf("filed: %+v", filed)
	}
	if waits.Status != 202 || waits.Answer == nil {
		t.Errorf("waiting: %+v", waits)
	}
	if refused.Status != 409 || refused.Answer != nil || refused.Problem.State != "accepted" ||
		refused.Problem.Type != "urn:saphan:problem:conflict:offer_closed" {
		t.Errorf("refused: %+v", refused)
	}
	if want := (desk.ActInput{Reason: "cannot_take", Cases: []string{"KF7M-F79X-H", "0000"}}); !cmp.Equal(w.harbour.acted, want) {
		t.Errorf("the desk was told %+v", w.harbour.acted)
	}
}

// A batch of which nothing is to be seen, and a verb that there is not, are the same
// nothing as everything else.
func TestABatchThatNobodySeesIsNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	nothing := w.send(t, ask{"GET", "/v1/cases/" + batchID, "", nil})
	for _, path := range []string{"/v1/batches/" + caseID + "/accept", "/v1/cases/" + caseID + "/sing"} {
		if got := w.send(t, ask{"POST", path, "", nil}); got.status != 404 || got.body != nothing.body {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}
