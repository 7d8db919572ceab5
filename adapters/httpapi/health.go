package httpapi

// live says that the process answers.
func live(*call) (answer, error) { return ok(map[string]string{"status": "ok"}), nil }

// ready says whether an event could be filed now, in whatever time Config.Ready
// takes. Why not is in the log of who knows, not here: the answer is public.
func ready(c *call) (answer, error) {
	if c.api.Ready == nil {
		return live(c)
	}
	if err := c.api.Ready(c.Context()); err != nil {
		return answer{status: 503, body: map[string]string{"status": "not_ready"}}, nil
	}
	return live(c)
}

func showVersion(c *call) (answer, error) { return ok(c.api.Version), nil }
