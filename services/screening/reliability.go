package screening

import "slices"

// Conversation says how an account came about.
type Conversation struct {
	// Present are codes of the list present; none: not known.
	Present []string
	// Alone and InterpreterIndependent are codes of the list answer, "" for not said.
	// Alone means that nobody but an interpreter was there.
	Alone                  string
	InterpreterIndependent string
}

// Trust is how far an account can be relied on: a code of the list reliability,
// with reasons of the list reliability_reason.
type Trust struct {
	Level   string   `json:"level"`
	Reasons []string `json:"reasons"`
}

// silencing are the people before whom nobody speaks freely, and the reason that
// their presence gives. A worker's interpreter and family are not among them.
var silencing = []struct{ present, reason string }{
	{"employer", "employer_present"}, {"broker", "broker_present"}, {"official", "official_present"},
}

// Reliability says how far an account can be relied on. It is low with an
// employer, a broker or another official there, or an interpreter who is not
// independent; good when the person was alone with whoever asked and an
// independent interpreter; and else not known. What is "not observed" in an
// account of low reliability says nothing.
//
// Source: the project's own rule, after reports on interviews in inspections.
func Reliability(c Conversation) Trust {
	low := Trust{Level: "low", Reasons: []string{}}
	for _, s := range silencing {
		if slices.Contains(c.Present, s.present) {
			low.Reasons = append(low.Reasons, s.reason)
		}
	}
	if c.InterpreterIndependent == "no" {
		low.Reasons = append(low.Reasons, "interpreter_not_independent")
	}
	if len(low.Reasons) > 0 {
		return low
	}
	unsure := Trust{Level: "unknown", Reasons: []string{}}
	if reason := c.company(); reason != "" {
		unsure.Reasons = append(unsure.Reasons, reason)
	}
	if c.InterpreterIndependent != "yes" {
		unsure.Reasons = append(unsure.Reasons, "interpreter_unknown")
	}
	if len(unsure.Reasons) > 0 {
		return unsure
	}
	return Trust{Level: "good", Reasons: []string{"alone_and_independent"}}
}

// company says what keeps the person from having been alone, or "".
func (c Conversation) company() string {
	others := func(who string) bool { return who != "alone" && who != "interpreter" }
	switch {
	case slices.ContainsFunc(c.Present, others), c.Alone == "no":
		return "others_present"
	case c.Alone == "yes", slices.Contains(c.Present, "alone"):
		return ""
	}
	return "presence_unknown"
}
