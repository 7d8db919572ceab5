package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/casefile"
)

// registrar speaks for the operator, who admits agencies to the directory.
type registrar struct {
	hub    *hub
	author services.Author
	ids    schemas.IDs
}

// register admits an agency unless it is there, and publishes its keys unless
// they are. It returns when the directory knows both.
func (r registrar) register(ctx context.Context, a sampleAgency) error {
	known, there := r.hub.directory.Agency(a.ID)
	if !there {
		err := r.file(ctx, "agency.registered", a.ID, a.Register)
		if err != nil && services.KindOf(err) != services.Conflict { // another hub was first
			return fmt.Errorf("register agency: %w", err)
		}
		if known, err = r.hub.knows(ctx, a.ID, func(casefile.Agency) bool { return true }); err != nil {
			return err
		}
	}
	keys := listed(a.Register.Keys, known.Keys)
	if slices.Equal(keys, known.Keys) {
		return nil
	}
	if err := r.file(ctx, "agency.changed", a.ID, schemas.AgencyChanged{Keys: keys}); err != nil {
		return fmt.Errorf("publish keys: %w", err)
	}
	_, err := r.hub.knows(ctx, a.ID, func(now casefile.Agency) bool { return slices.Equal(keys, now.Keys) })
	return err
}

// listed returns the keys that the directory is to hold: the present ones, and
// behind them earlier signing keys, so that what they signed still verifies.
// Nothing is sealed to an earlier key.
func listed(present, known []schemas.Key) []schemas.Key {
	keys := slices.Clone(present)
	for _, k := range known {
		if k.Use == useSigning && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
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
