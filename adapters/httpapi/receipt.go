package httpapi

// showReceipt shows the receipt of an event that the agency filed. While the
// event waits in the outbox, the answer is 503 with the code "waiting".
func showReceipt(c *call) (answer, error) {
	r, err := c.desk.Receipt(c.Context(), c.PathValue("event"))
	return ok(r), err
}
