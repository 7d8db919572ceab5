package httpapi

import "github.com/saphan-project/saphan/services/desk"

var docInbox = doc{
	id: "showInbox", summary: "List what needs the agency, most pressing first",
	answers: []content{{status: 200, says: "One item for each thing to do.", shape: listOf[desk.Item]("items")}},
}

// showInbox lists what needs the agency, most pressing first.
func showInbox(c *call) (answer, error) {
	items, err := c.desk.Inbox(c.Context())
	return ok(map[string][]desk.Item{"items": listed(items)}), err
}

// listed returns a list that is written as [] when there is nothing in it.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
