package httpapi

import (
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

var docActOnReferral = doc{
	id: "actOnReferral", summary: "Say a word about a referral",
	about:   wordsOf(desk.Verbs()),
	verbs:   namesOf(desk.Verbs()),
	takes:   []content{{shape: input[desk.ActInput]}},
	answers: filed,
	refuses: []services.Kind{services.Conflict},
}

// actOnReferral files what a person says about a referral; the verbs are those
// of desk.Verbs.
func actOnReferral(c *call) (answer, error) {
	var in desk.ActInput
	if err := c.input(&in, takenBy(c.PathValue("verb"), desk.Verbs())...); err != nil {
		return answer{}, err
	}
	a, err := c.desk.Act(c.Context(), c.PathValue("verb"), c.PathValue("referral"), in)
	if err != nil {
		return answer{}, err
	}
	return answerTo(a), nil
}
