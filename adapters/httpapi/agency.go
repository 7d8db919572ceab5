package httpapi

import "github.com/saphan-project/saphan/schemas"

// agency is a row of the directory, without its keys.
type agency struct {
	ID       string                `json:"agency"`
	Kind     string                `json:"kind"`
	Name     map[string]string     `json:"name"`
	Status   string                `json:"status"`
	Office   schemas.Area          `json:"office"`
	Areas    []schemas.Area        `json:"areas,omitempty"`
	Services []schemas.ServiceLine `json:"services,omitempty"`
}

// listAgencies lists the agencies that the desk knows, sorted by id.
func listAgencies(c *call) (answer, error) {
	rows := []agency{}
	for _, a := range c.desk.Agencies() {
		rows = append(rows, agency{a.ID, a.Kind, a.Name, a.Status, a.Office, a.Areas, a.Services})
	}
	return ok(map[string][]agency{"agencies": rows}), nil
}
