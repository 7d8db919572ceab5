package httpapi

// health is what live and ready answer.
type health struct {
	Status string `json:"status"` // "ok" or "not_ready"
}

// Version says what program serves the API.
type Version struct {
	Version string `json:"version"`          // as released; "devel" for one that was not
	Commit  string `json:"commit,omitempty"` // of its source
	Go      string `json:"go,omitempty"`     // version of the toolchain
}

var docLive = doc{
	id: "live", summary: "Say that the process answers",
	answers: []content{{status: 200, says: "It does.", shape: of[health]}},
}

// live says that the process answers.
func live(*call) (answer, error) { return ok(health{"ok"}), nil }

var docReady = doc{
	id: "ready", summary: "Say whether an event could be filed now",
	answers: []content{
		{status: 200, says: "It could.", shape: of[health]},
		{status: 503, says: "It could not. Why is in the log of whoever runs it.", shape: of[health]},
	},
}

// ready says whether an event could be filed now, in whatever time Config.Ready
// takes. Why not is in the log of who knows, not here: the answer is public.
func ready(c *call) (answer, error) {
	if c.api.Ready == nil {
		return live(c)
	}
	if err := c.api.Ready(c.Context()); err != nil {
		return answer{status: 503, body: health{"not_ready"}}, nil
	}
	return live(c)
}

var docVersion = doc{
	id: "showVersion", summary: "Show the version of the program",
	answers: []content{{status: 200, says: "The version.", shape: of[Version]}},
}

func showVersion(c *call) (answer, error) { return ok(c.api.Version), nil }
