package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services/desk"
)

// Announce adds an entry behind all others, unless it is there, and takes out the
// earlier entries of the case, or of an inspection, with the ids that it ends.
func (d *Desk) Announce(ctx context.Context, at desk.Location, ended []string) error {
	ids, err := json.Marshal(ended)
	if err == nil {
		err = d.change(ctx, func(tx *sql.Tx) error { return announce(ctx, tx, at, string(ids)) })
	}
	if err != nil {
		return fmt.Errorf("add to feed: %w", err)
	}
	return nil
}

// announce looks before it inserts: an insert that does nothing writes to the disk.
func announce(ctx context.Context, tx *sql.Tx, at desk.Location, ended string) error {
	var there bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM feed WHERE kind = ? AND scope = ? AND event = ?)",
		at.Scope.Kind, at.Scope.ID, at.Event).Scan(&there)
	if err == nil && !there {
		_, err = tx.ExecContext(ctx, "INSERT INTO feed (kind, scope, event) VALUES (?, ?, ?)",
			at.Scope.Kind, at.Scope.ID, at.Event)
	}
	if err != nil || ended == "null" {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM feed WHERE event IN (SELECT value FROM json_each(?1))
		AND (scope = ?2 OR kind = ?3)
		AND place < (SELECT place FROM feed WHERE kind = ?4 AND scope = ?2 AND event = ?5)`,
		ended, at.Scope.ID, schemas.ScopeInspection, at.Scope.Kind, at.Event)
	return err
}

// Announced returns up to limit entries behind a place, in their order.
func (d *Desk) Announced(ctx context.Context, after uint64, limit int) ([]desk.Entry, error) {
	const query = "SELECT place, kind, scope, event FROM feed WHERE place > ? ORDER BY place LIMIT ?"
	found, err := collect(scanEntry)(d.read.QueryContext(ctx, query, int64(after), limit))
	if err != nil {
		return nil, fmt.Errorf("read feed: %w", err)
	}
	return found, nil
}

// LastPlace returns the place of the newest entry, 0 when there is none.
func (d *Desk) LastPlace(ctx context.Context) (uint64, error) {
	var last int64
	if err := d.read.QueryRowContext(ctx, "SELECT coalesce(max(place), 0) FROM feed").Scan(&last); err != nil {
		return 0, fmt.Errorf("read feed: %w", err)
	}
	return uint64(last), nil
}

func scanEntry(rows *sql.Rows) (desk.Entry, error) {
	var e desk.Entry
	var place int64
	err := rows.Scan(&place, &e.Scope.Kind, &e.Scope.ID, &e.Event)
	e.Place = uint64(place)
	return e, err
}
