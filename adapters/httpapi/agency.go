package httpapi

import "github.com/saphan-project/saphan/services/desk"

// listAgencies lists the agencies that the desk knows, sorted by id.
func listAgencies(c *call) (answer, error) {
	return ok(map[string][]desk.Agency{"agencies": listed(c.desk.Agencies())}), nil
}
