package httpapi

import "github.com/saphan-project/saphan/services/desk"

var docAgencies = doc{
	id: "listAgencies", summary: "List the agencies that the desk knows, sorted by id",
	answers: []content{
		{status: 200, says: "What each gives, where, and how much room it has.", shape: listOf[desk.Agency]("agencies")},
	},
}

// listAgencies lists the agencies that the desk knows, sorted by id.
func listAgencies(c *call) (answer, error) {
	return ok(map[string][]desk.Agency{"agencies": listed(c.desk.Agencies())}), nil
}
