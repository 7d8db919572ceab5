package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// listedAgencies are the agencies of a directory file, sorted by id.
type listedAgencies []casefile.Agency

var _ casefile.Directory = listedAgencies(nil)

func (l listedAgencies) Agency(id string) (casefile.Agency, bool) {
	i := slices.IndexFunc(l, func(a casefile.Agency) bool { return a.ID == id })
	if i < 0 {
		return casefile.Agency{}, false
	}
	return l[i], true
}

func (l listedAgencies) Agencies() []casefile.Agency { return l }

// readDirectory reads a directory that is not live yet, and holds it against the
// schema and the rules that the gate would hold it against. Keys may be missing:
// they are made when the agency joins.
func readDirectory(raw []byte) (listedAgencies, error) {
	var rows []struct {
		Agency     string          `json:"agency"`
		Registered json.RawMessage `json:"registered"`
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, services.RefuseInput(schemas.Problems{{Code: schemas.CodeMalformed}})
	}
	var listed listedAgencies
	for i, row := range rows {
		a, err := readAgency(listed, row.Agency, row.Registered)
		if err != nil {
			return nil, at("/"+strconv.Itoa(i), err)
		}
		listed = append(listed, a)
	}
	slices.SortFunc(listed, func(a, b casefile.Agency) int { return cmp.Compare(a.ID, b.ID) })
	return listed, nil
}

func readAgency(known listedAgencies, id string, raw []byte) (casefile.Agency, error) {
	if !schemas.ValidAgency(id) || id == schemas.HubAgency {
		return casefile.Agency{}, schemas.Problems{{Pointer: "/agency", Code: schemas.CodeGrammar}}
	}
	if _, twice := known.Agency(id); twice {
		return casefile.Agency{}, schemas.Problems{{Pointer: "/agency", Code: "uniqueItems"}}
	}
	if err := withoutKeys(schemas.CheckData("agency.registered", raw)); err != nil {
		return casefile.Agency{}, err
	}
	var data schemas.AgencyRegistered
	if err := json.Unmarshal(raw, &data); err != nil {
		return casefile.Agency{}, schemas.Problems{{Pointer: "/data", Code: schemas.CodeMalformed}}
	}
	if err := casefile.Admissible(known, id, data); err != nil {
		return casefile.Agency{}, err
	}
	return casefile.Registered(id, data), nil
}

// withoutKeys forgives that keys are missing.
func withoutKeys(err error) error {
	var found schemas.Problems
	if !errors.As(err, &found) {
		return err
	}
	found = slices.DeleteFunc(slices.Clone(found), func(p schemas.Problem) bool {
		return p.Pointer == "/data/keys" && p.Code == "required"
	})
	if len(found) == 0 {
		return nil
	}
	return found
}

// at puts where in the file it is before each pointer. What a refusal calls
// "/data" is the member registered here.
func at(row string, err error) error {
	refusal := services.RefuseInput(err)
	var own *services.Error
	if errors.As(err, &own) {
		refusal = own
	}
	moved := &services.Error{Kind: refusal.Kind, Code: refusal.Code}
	for _, p := range refusal.Problems {
		if rest, ok := strings.CutPrefix(p.Pointer, "/data"); ok {
			p.Pointer = "/registered" + rest
		}
		p.Pointer = row + p.Pointer
		moved.Problems = append(moved.Problems, p)
	}
	return moved
}
