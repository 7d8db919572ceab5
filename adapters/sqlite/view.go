package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// viewVersion is the user_version of view.db. It grows with every change of the
// schema below and of desk.Case, whose JSON is stored.
const viewVersion = 3

const viewSchema = `
CREATE TABLE fact (
	kind     TEXT NOT NULL,     -- of the scope
	scope    TEXT NOT NULL,     -- its id
	event    TEXT NOT NULL,
	sequence INTEGER NOT NULL,  -- in the ledger
	recorded INTEGER NOT NULL,  -- ms since 1970
	subject  TEXT NOT NULL,
	raw      BLOB NOT NULL,
	PRIMARY KEY (kind, scope, event)
);
CREATE INDEX fact_in_order ON fact (kind, scope, sequence);
CREATE TABLE case_row (
	id      TEXT PRIMARY KEY,
	changed INTEGER NOT NULL,
	needs   INTEGER NOT NULL,   -- how many items
	row     TEXT NOT NULL       -- desk.Case as JSON
);
CREATE INDEX case_needs ON case_row (needs) WHERE needs > 0;
CREATE INDEX case_changed ON case_row (changed);
CREATE TABLE referral_of (
	referral TEXT NOT NULL,
	id       TEXT NOT NULL REFERENCES case_row ON DELETE CASCADE,
	PRIMARY KEY (referral, id)
);
CREATE INDEX referral_case ON referral_of (id);
CREATE TABLE stale (is_stale INTEGER NOT NULL);
INSERT INTO stale VALUES (1);
`

// View is view.db: what was delivered.
type View struct {
	*file
	decoded decoded
}

var _ desk.View = (*View)(nil)

// openView opens view.db, or makes it anew.
func openView(ctx context.Context, path string) (*View, error) {
	f, err := open(path, durable()...)
	if err != nil {
		return nil, err
	}
	if v, err := f.version(ctx); err == nil && v == viewVersion {
		return &View{file: f}, nil
	}
	if err := f.close(); err != nil {
		return nil, fmt.Errorf("open view: %w", err)
	}
	return makeView(ctx, path)
}

func makeView(ctx context.Context, path string) (*View, error) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("make view: %w", err)
		}
	}
	f, err := open(path, durable()...)
	if err != nil {
		return nil, err
	}
	err = f.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, viewSchema+fmt.Sprintf("PRAGMA user_version = %d", viewVersion))
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make view: %w", err), f.close())
	}
	return &View{file: f}, nil
}

// Stale reports whether the view was made anew and the inbox must be read from
// its beginning.
func (v *View) Stale(ctx context.Context) (bool, error) {
	var stale bool
	err := v.read.QueryRowContext(ctx, "SELECT is_stale FROM stale").Scan(&stale)
	return stale, err
}

// Rewound remembers that the inbox will be read from its beginning.
func (v *View) Rewound(ctx context.Context) error {
	_, err := v.write.ExecContext(ctx, "UPDATE stale SET is_stale = 0")
	return err
}

// Put stores a change in one transaction. What is withdrawn is overwritten in the
// file, and the journal that still had it is emptied, unless somebody is reading;
// then the next change that withdraws something, or Close, empties it.
func (v *View) Put(ctx context.Context, c desk.Change) error {
	err := v.change(ctx, func(tx *sql.Tx) error {
		for _, p := range c.Withdrawn {
			_, err := tx.ExecContext(ctx, "DELETE FROM fact WHERE kind = ? AND scope = ? AND event = ?",
				p.Scope.Kind, p.Scope.ID, p.Event)
			if err != nil {
				return err
			}
		}
		f := c.Fact
		_, err := tx.ExecContext(ctx, "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			f.Scope().Kind, f.Scope().ID, f.ID(), int64(f.Sequence), f.Recorded.UnixMilli(), f.Subject, f.Bytes)
		if err != nil || f.Scope().Kind == schemas.ScopeAgency {
			return err
		}
		return putCase(ctx, tx, f.Scope().ID, c.Case)
	})
	if err == nil && len(c.Withdrawn) > 0 {
		v.decoded.forget()
		_, err = v.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err != nil {
		return fmt.Errorf("store fact: %w", err)
	}
	return nil
}

// putCase replaces the case's row and where its referrals are found.
func putCase(ctx context.Context, tx *sql.Tx, id string, c *desk.Case) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM case_row WHERE id = ?", id); err != nil || c == nil {
		return err
	}
	row, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO case_row VALUES (?, ?, ?, ?)",
		id, c.Changed.UnixMilli(), len(c.Items), string(row))
	if err != nil {
		return err
	}
	for _, r := range c.Referrals {
		if _, err := tx.ExecContext(ctx, "INSERT INTO referral_of VALUES (?, ?)", r.ID, id); err != nil {
			return err
		}
	}
	return nil
}

// Facts returns the facts of a scope, or of every scope of a kind, in ledger
// order.
func (v *View) Facts(ctx context.Context, scope schemas.Scope) ([]services.Fact, error) {
	const query = "SELECT raw, sequence, recorded, subject FROM fact WHERE kind = ? AND (scope = ? OR ? = '') ORDER BY sequence, rowid"
	facts, err := collect(v.scanFact)(v.read.QueryContext(ctx, query, scope.Kind, scope.ID, scope.ID))
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return facts, nil
}

// Fact returns one fact; Unknown when it is not there.
func (v *View) Fact(ctx context.Context, at desk.Location) (services.Fact, error) {
	const query = "SELECT raw, sequence, recorded, subject FROM fact WHERE kind = ? AND scope = ? AND event = ?"
	facts, err := collect(v.scanFact)(v.read.QueryContext(ctx, query, at.Scope.Kind, at.Scope.ID, at.Event))
	if err != nil {
		return services.Fact{}, fmt.Errorf("read fact: %w", err)
	}
	if len(facts) == 0 {
		return services.Fact{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return facts[0], nil
}

func (v *View) scanFact(rows *sql.Rows) (services.Fact, error) {
	var s services.StoredEvent
	var sequence, recorded int64
	if err := rows.Scan(&s.Raw, &sequence, &recorded, &s.Subject); err != nil {
		return services.Fact{}, err
	}
	s.Sequence, s.Recorded = uint64(sequence), time.UnixMilli(recorded)
	return v.decoded.fact(s)
}

// Cases lists cases, the one that changed last first.
func (v *View) Cases(ctx context.Context, q desk.Query) ([]desk.Case, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = -1 // none
	}
	const query = `SELECT row FROM case_row
		WHERE id >= ?1 AND id < ?1 || 'g' AND (NOT ?2 OR needs > 0)
		AND (?3 = '' OR id IN (SELECT id FROM referral_of WHERE referral = ?3))
		ORDER BY changed DESC, id LIMIT ?4`
	cases, err := collect(scanCase)(v.read.QueryContext(ctx, query, q.Prefix, q.Needs, q.Referral, limit))
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return cases, nil
}

func scanCase(rows *sql.Rows) (desk.Case, error) {
	var row []byte
	if err := rows.Scan(&row); err != nil {
		return desk.Case{}, err
	}
	var c desk.Case
	err := json.Unmarshal(row, &c)
	return c, err
}
