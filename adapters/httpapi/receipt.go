package httpapi

import "github.com/saphan-project/saphan/services"

var docReceipt = doc{
	id: "showReceipt", summary: "Show the receipt of an event that the agency filed",
	about:   "While the event waits in the outbox, the answer is 503 with the code waiting.",
	answers: []content{{status: 200, says: "The hub's signed receipt.", shape: of[services.Receipt]}},
}

// showReceipt shows the receipt of an event that the agency filed. While the
// event waits in the outbox, the answer is 503 with the code "waiting".
func showReceipt(c *call) (answer, error) {
	r, err := c.desk.Receipt(c.Context(), c.PathValue("event"))
	return ok(r), err
}
