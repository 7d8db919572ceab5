package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
	"github.com/saphan-project/saphan/services/directory"
	"github.com/saphan-project/saphan/services/operator"
)

// registrar speaks for the operator, who admits agencies to the directory.
type registrar struct {
	*directory.Directory
	hub    *hub
	author services.Author
	ids    schemas.IDs
}

var _ operator.Registry = registrar{}

// Register admits an agency unless it is there, and publishes its keys unless
// they are. It returns when the directory knows both. A key that is retired is a
// Conflict: whoever has seen it must not get it back.
func (r registrar) Register(ctx context.Context, agency string, data schemas.AgencyRegistered) error {
	known, there := r.Agency(agency)
	if !there {
		err := r.file(ctx, "agency.registered", agency, data)
		if err != nil && services.KindOf(err) != services.Conflict { // another hub was first
			return fmt.Errorf("register agency: %w", err)
		}
		if known, err = r.hub.knows(ctx, agency, func(casefile.Agency) bool { return true }); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(data.Keys, func(k schemas.Key) bool { return slices.Contains(known.Keys, retired(k)) }) {
		return services.Refuse(services.Conflict, "key_retired")
	}
	keys := listed(data.Keys, known.Keys)
	if slices.Equal(keys, known.Keys) {
		return nil
	}
	if err := r.file(ctx, "agency.changed", agency, schemas.AgencyChanged{Keys: keys}); err != nil {
		return fmt.Errorf("publish keys: %w", err)
	}
	_, err := r.hub.knows(ctx, agency, func(now casefile.Agency) bool { return slices.Equal(keys, now.Keys) })
	return err
}

// SetStatus says what an agency's part is, and returns when the directory knows. The
// bus follows before that.
func (r registrar) SetStatus(ctx context.Context, agency, status string) error {
	if err := r.file(ctx, "agency.changed", agency, schemas.AgencyChanged{Status: status}); err != nil {
		return fmt.Errorf("set status: %w", err)
	}
	_, err := r.hub.knows(ctx, agency, func(now casefile.Agency) bool { return now.Status == status })
	return err
}

// listed returns the keys that the directory is to hold: the present ones, and
// behind them earlier signing keys, retired: what they signed still verifies, and
// they sign nothing new. Nothing is sealed to an earlier key. A recovery key that is
// kept elsewhere stays.
func listed(present, known []schemas.Key) []schemas.Key {
	keys := slices.Clone(present)
	recovers := func(k schemas.Key) bool { return k.Use == useRecovery }
	for _, k := range known {
		switch {
		case k.Use == useSigning && !slices.Contains(keys, k):
			keys = append(keys, retired(k))
		case recovers(k) && !slices.ContainsFunc(present, recovers):
			keys = append(keys, k)
		}
	}
	return keys
}

func retired(k schemas.Key) schemas.Key {
	k.Retired = true
	return k
}

func (r registrar) file(ctx context.Context, typ, agency string, data any) error {
	operator := schemas.Party{Service: schemas.Operator}
	raw, err := r.author.Write(schemas.Draft{
		ID: r.ids.EventID(), Author: operator, Type: typ, Subject: agency, Time: r.ids.Now(), Data: data,
	})
	if err != nil {
		return err
	}
	_, err = r.hub.gate.Submit(ctx, operator, raw)
	return err
}

// hubItself publishes the keys of the hub's services.
func hubItself(keys hubKeys) sampleAgency {
	return sampleAgency{schemas.HubAgency, schemas.AgencyRegistered{
		Kind: "hub", Name: names("The hub", "ศูนย์กลาง"), Office: schemas.Area{Kind: "unknown"}, Keys: keys.public(),
	}}
}
