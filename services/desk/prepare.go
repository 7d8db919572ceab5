package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// filing is what one post comes to.
type filing struct {
	rows []Row
	kept []Kept
}

// prepare checks a post, seals its sections, and signs it.
func (s *Service) prepare(ctx context.Context, p post) (filing, error) {
	t, ok := schemas.TypeNamed(p.Type)
	if !ok || t.Author != schemas.AnyAgency {
		return filing{}, services.Refuse(services.Forbidden, "author")
	}
	if p.Time.IsZero() {
		p.Time = s.IDs.Now()
	}
	if err := checkShape(p.Open); err != nil {
		return filing{}, err
	}
	if err := s.markIncomplete(ctx, &p.Open); err != nil {
		return filing{}, err
	}
	kept, err := s.sealPost(ctx, p.Open)
	if err != nil {
		return filing{}, err
	}
	row, err := s.write(schemas.Draft{
		ID: p.ID, Type: p.Type, Subject: p.Subject, Time: p.Time, Cause: p.Cause,
		Data: withSealed(p.Data, sealedOf(kept)),
	})
	if err != nil {
		return filing{}, err
	}
	row.Post, row.Digest = p.ID, p.digest
	f := filing{rows: []Row{row}, kept: kept}
	return f, s.shareAhead(ctx, p.Open, &f)
}

// checkShape holds data and sections against their schemas before anything is
// sealed: whose sections they are to be is read from the data.
func checkShape(o schemas.Open) error {
	var found schemas.Problems
	var names []schemas.Sealed
	for _, name := range sectionsIn(o) {
		if err := schemas.CheckSection(name, o.Sections[name]); err != nil {
			refusal := services.RefuseInput(err)
			if refusal.Kind != services.Invalid {
				return refusal
			}
			found = append(found, refusal.Problems...)
		}
		if namesSections(o.Type) {
			names = append(names, schemas.Sealed{Section: name, Digest: schemas.Digest(nil)})
		}
	}
	if err := schemas.CheckData(o.Type, withSealed(o.Data, names)); err != nil {
		refusal := services.RefuseInput(err)
		if refusal.Kind != services.Invalid {
			return refusal
		}
		found = append(found, refusal.Problems...)
	}
	if len(found) > 0 {
		return services.RefuseInput(found)
	}
	return nil
}

// sectionsIn returns the names of the sections, sorted.
func sectionsIn(o schemas.Open) []string { return slices.Sorted(maps.Keys(o.Sections)) }

// withSealed adds the member sealed to an object.
func withSealed(data json.RawMessage, sealed []schemas.Sealed) json.RawMessage {
	if len(sealed) == 0 {
		return data
	}
	list, err := json.Marshal(sealed)
	if err != nil {
		return data
	}
	return withMember(data, "sealed", list)
}

// withMember adds a member to an object that has none of this name. What is no
// object is left to the check of its schema.
func withMember(data json.RawMessage, name string, value []byte) json.RawMessage {
	if len(data) < 2 {
		return data
	}
	var out bytes.Buffer
	out.Write(data[:len(data)-1])
	if len(data) > len("{}") {
		out.WriteByte(',')
	}
	out.WriteString(`"` + name + `":`)
	out.Write(value)
	out.WriteByte('}')
	return out.Bytes()
}

// write signs a draft as the agency and lays out its row.
func (s *Service) write(d schemas.Draft) (Row, error) {
	d.Author = s.party()
	raw, err := s.Author.Write(d)
	if err != nil {
		return Row{}, services.Because(services.Internal, "write", err)
	}
	return Row{
		Event: d.ID, Type: d.Type, Scope: d.Subject, Raw: raw,
		Verdict: Verdict{Standing: Waiting},
	}, nil
}
