package deskclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/saphan-project/saphan/adapters/deskclient"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// A shelter's own program looks at what needs the shelter, opens what the sender
// wrote, and takes the person in.
func Example() {
	path, stop := exampleDesk()
	defer stop()
	ctx := context.Background()

	file, err := deskclient.Load(path) // desk.json, as the shelter's desk wrote it
	if err != nil {
		fmt.Println(err)
		return
	}
	client := deskclient.New(file)
	items, err := client.Inbox(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range items {
		if item.Need != desk.NeedDecide {
			continue
		}
		offer, err := client.Open(ctx, desk.OpenInput{Case: item.Case, Section: "offer", Purpose: "decide"})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s asks for %s: %s\n", item.Sender, item.Service, offer)
		answer, err := client.Act(ctx, "accept", item.Referral, desk.ActInput{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("accepted", item.Reference, "receipt", answer.Receipt.SHA256[:8])
	}
	// Output:
	// labour-samutsakhon asks for shelter: {"sex":"female","age_band":"15-17","nights":14}
	// accepted K7QM-3F9X-S receipt 9f2c11d0
}

// A program files an event. It makes the ids itself, and sends the same bytes again
// when it does not know whether they have arrived.
func ExampleClient_File() {
	path, stop := exampleDesk()
	defer stop()
	file, err := deskclient.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := deskclient.New(file)
	event := []byte(`{
		"specversion": "1.0", "id": "01a20621-ad00-70e6-8ac2-6df2184062ae",
		"type": "org.saphan.visit.recorded.v1", "subject": "e7c5ff9db9e236a1762a998844d59ac3",
		"data": {"kind": "routine", "area": {"kind": "province", "code": "TH-74"}, "sector": "C", "month": "2026-11"}
	}`)
	answer, err := client.File(context.Background(), event)
	switch {
	case services.KindOf(err) == services.Later:
		fmt.Println("the desk cannot be reached: try the same again")
	case err != nil:
		fmt.Println(err)
	case answer.Waits():
		fmt.Println("the desk has it, and will send it")
	default:
		fmt.Println("filed", answer.Reference, "receipt", answer.Receipt.SHA256[:8])
	}
	// Output: filed WZ2Z-Z7DS-9 receipt 41aa7d90
}

// A refusal says in codes what is wrong, and where.
func ExampleClient_Act() {
	path, stop := exampleDesk()
	defer stop()
	file, err := deskclient.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := deskclient.New(file)
	_, err = client.Act(context.Background(), "decline", "a85f144560e468371b13b1a302e18dfa", desk.ActInput{Reason: "full"})
	var refusal *services.Error
	if errors.As(err, &refusal) && refusal.Kind == services.Invalid {
		for _, p := range refusal.Problems {
			fmt.Println(p.Pointer, p.Code, p.List)
		}
	}
	// Output: /reason enum neutral_reason
}

// exampleDesk plays a desk, and returns the path of its file.
func exampleDesk() (path string, stop func()) {
	mux := http.NewServeMux()
	for pattern, answer := range map[string]struct {
		status int
		body   string
	}{
		"GET /v1/inbox": {200, `{"items":[{"need":"decide","case":"99ef41bd3d8b48a622cb5c1c577dadfd","reference":"K7QM-3F9X-S",
			"referral":"a85f144560e468371b13b1a302e18dfa","sender":"labour-samutsakhon","service":"shelter"}]}`},
		"POST /v1/cases/{case}/open":           {200, `{"sex":"female","age_band":"15-17","nights":14}`},
		"POST /v1/referrals/{referral}/accept": {201, exampleAnswer("K7QM-3F9X-S", "9f2c11d0")},
		"POST /v1/events":                      {201, exampleAnswer("WZ2Z-Z7DS-9", "41aa7d90")},
		"POST /v1/referrals/{referral}/decline": {422, `{"type":"urn:saphan:problem:invalid:schema","status":422,
			"problems":[{"pointer":"/reason","code":"enum","list":"neutral_reason"}]}`},
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
		})
	}
	server := httptest.NewServer(mux)
	dir, err := os.MkdirTemp("", "desk-")
	if err != nil {
		return "", server.Close
	}
	path = filepath.Join(dir, "desk.json")
	_ = deskclient.DeskFile{URL: server.URL, Agency: "shelter-harbour", Token: "token"}.Save(path)
	return path, func() { server.Close(); _ = os.RemoveAll(dir) }
}

func exampleAnswer(reference, sha string) string {
	const event = "01a20621-ad00-70e6-8ac2-6df2184062ae"
	return fmt.Sprintf(`{"event":%q,"reference":%q,"receipt":{"event":%q,"sha256":%q}}`, event, reference, event, sha+"00")
}
