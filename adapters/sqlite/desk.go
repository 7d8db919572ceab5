package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// deskSchema are the steps of desk.db, each run once. A step is never changed
// once it was released; the next one is added.
var deskSchema = []string{
	`CREATE TABLE outbox (
		place    INTEGER PRIMARY KEY AUTOINCREMENT,
		event    TEXT NOT NULL UNIQUE,
		type     TEXT NOT NULL,
		scope    TEXT NOT NULL,
		post     TEXT NOT NULL,
		digest   BLOB,             -- of what was posted; NULL for what the desk files by itself
		raw      BLOB NOT NULL,
		standing TEXT NOT NULL CHECK (standing IN ('waiting', 'sent', 'refused', 'parked')),
		receipt  TEXT,
		refusal  TEXT
	);
	CREATE INDEX outbox_unsettled ON outbox (scope, place) WHERE standing IN ('waiting', 'parked');
	CREATE TABLE section (
		place      INTEGER PRIMARY KEY AUTOINCREMENT,
		case_id    TEXT NOT NULL,
		event      TEXT NOT NULL,
		name       TEXT NOT NULL,
		vault      INTEGER NOT NULL,
		ciphertext BLOB NOT NULL,
		UNIQUE (event, name)
	);
	CREATE INDEX section_case ON section (case_id);`,
	`CREATE INDEX outbox_scope ON outbox (scope, place);`,
	`CREATE TABLE token (
		place   INTEGER PRIMARY KEY AUTOINCREMENT,
		id      TEXT NOT NULL UNIQUE,
		hash    BLOB NOT NULL UNIQUE, -- SHA-256 of the token
		scopes  TEXT NOT NULL,        -- codes with blanks between them
		note    TEXT NOT NULL,
		created INTEGER NOT NULL,     -- ms since 1970, as those below
		expires INTEGER,              -- NULL: never
		revoked INTEGER               -- NULL: not
	);`,
	`CREATE TABLE feed (
		place INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
		kind  TEXT NOT NULL,                     -- of the scope
		scope TEXT NOT NULL,                     -- its id
		event TEXT NOT NULL,
		UNIQUE (event, scope, kind)
	);`,
	webhookSchema,
}

// Desk is desk.db: what the agency filed, the tokens that open its desk, and the
// order of its feed.
type Desk struct{ *file }

var _ desk.Store = (*Desk)(nil)

func openDesk(ctx context.Context, path string) (*Desk, error) {
	f, err := open(path, durable()...)
	if err != nil {
		return nil, err
	}
	if err := f.migrate(ctx, deskSchema); err != nil {
		return nil, errors.Join(fmt.Errorf("open outbox: %w", err), f.close())
	}
	return &Desk{f}, nil
}

// Append adds rows and sections in one transaction.
func (d *Desk) Append(ctx context.Context, rows []desk.Row, kept []desk.Kept) error {
	err := d.change(ctx, func(tx *sql.Tx) error {
		for _, r := range rows {
			_, err := tx.ExecContext(ctx, `INSERT INTO outbox (event, type, scope, post, digest, raw, standing)
				VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Event, r.Type, r.Scope, r.Post, r.Digest, r.Raw, r.Standing)
			if err != nil {
				return err
			}
		}
		for _, k := range kept {
			_, err := tx.ExecContext(ctx, `INSERT INTO section (case_id, event, name, vault, ciphertext)
				VALUES (?, ?, ?, ?, ?)`, k.Case, k.Event, k.Section, k.Vault, k.Ciphertext)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if is(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
		return services.Refuse(services.Conflict, services.CodeIDReused)
	}
	if err != nil {
		return fmt.Errorf("append to outbox: %w", err)
	}
	return nil
}

// rowColumns are those of a row but for what was signed, which scanRow wants
// last.
const rowColumns = "place, event, type, scope, post, digest, standing, receipt, refusal"

// Row finds a row by its event's id.
func (d *Desk) Row(ctx context.Context, event string) (desk.Row, error) {
	const query = "SELECT " + rowColumns + ", raw FROM outbox WHERE event = ?"
	rows, err := collect(scanRow)(d.read.QueryContext(ctx, query, event))
	if err != nil {
		return desk.Row{}, fmt.Errorf("read outbox: %w", err)
	}
	if len(rows) == 0 {
		return desk.Row{}, services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	return rows[0], nil
}

// Filed returns the rows of a scope that wait or were sent, in their order.
func (d *Desk) Filed(ctx context.Context, scope string) ([]desk.Row, error) {
	const query = "SELECT " + rowColumns + `, raw FROM outbox
		WHERE scope = ? AND standing IN ('waiting', 'sent') ORDER BY place`
	rows, err := collect(scanRow)(d.read.QueryContext(ctx, query, scope))
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return rows, nil
}

// Queue returns the unsettled rows of the scopes that begin so, without Raw.
func (d *Desk) Queue(ctx context.Context, scope string) ([]desk.Row, error) {
	const query = "SELECT " + rowColumns + `, NULL FROM outbox
		WHERE standing IN ('waiting', 'parked') AND scope >= ?1 AND scope < ?1 || '{'
		ORDER BY place`
	rows, err := collect(scanRow)(d.read.QueryContext(ctx, query, scope))
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return rows, nil
}

// Waiting lists the scopes that have unsettled rows, the oldest row's first.
func (d *Desk) Waiting(ctx context.Context) ([]string, error) {
	const query = `SELECT scope FROM outbox WHERE standing IN ('waiting', 'parked')
		GROUP BY scope ORDER BY min(place)`
	scopes, err := collect(scanScope)(d.read.QueryContext(ctx, query))
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return scopes, nil
}

func scanScope(rows *sql.Rows) (string, error) {
	var scope string
	err := rows.Scan(&scope)
	return scope, err
}

// Settle changes how a row stands, and with a refusal what follows from it.
func (d *Desk) Settle(ctx context.Context, event string, v desk.Verdict) error {
	receipt, err := encode(v.Receipt)
	if err != nil {
		return fmt.Errorf("settle row: %w", err)
	}
	refusal, err := encode(v.Refusal)
	if err != nil {
		return fmt.Errorf("settle row: %w", err)
	}
	err = d.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET standing = ?, receipt = ?, refusal = ? WHERE event = ?",
			v.Standing, receipt, refusal, event)
		if err != nil || v.Standing != desk.Refused {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE outbox SET standing = ?, refusal = ?
			WHERE post = ? AND standing IN ('waiting', 'parked')`, v.Standing, refusal, event)
		return err
	})
	if err != nil {
		return fmt.Errorf("settle row: %w", err)
	}
	return nil
}

// encode writes what v points to as JSON, nil as NULL.
func encode[T any](v *T) (any, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	return string(raw), err
}

func scanRow(rows *sql.Rows) (desk.Row, error) {
	var r desk.Row
	var receipt, refusal []byte
	err := rows.Scan(&r.Order, &r.Event, &r.Type, &r.Scope, &r.Post, &r.Digest,
		&r.Standing, &receipt, &refusal, &r.Raw)
	if err != nil {
		return desk.Row{}, err
	}
	if r.Receipt, err = decode[services.Receipt](receipt); err != nil {
		return desk.Row{}, err
	}
	r.Refusal, err = decode[services.Error](refusal)
	return r, err
}

func decode[T any](raw []byte) (*T, error) {
	if raw == nil {
		return nil, nil
	}
	var v T
	err := json.Unmarshal(raw, &v)
	return &v, err
}

const keptColumns = "case_id, event, name, vault, ciphertext"

// OfEvent returns the sections of an event.
func (d *Desk) OfEvent(ctx context.Context, event string) ([]desk.Kept, error) {
	return d.sections(ctx, "event", event)
}

// OfCase returns the sections of a case in the order in which they were kept.
func (d *Desk) OfCase(ctx context.Context, id string) ([]desk.Kept, error) {
	return d.sections(ctx, "case_id", id)
}

// sections reads by one of our own column names.
func (d *Desk) sections(ctx context.Context, column, value string) ([]desk.Kept, error) {
	query := "SELECT " + keptColumns + " FROM section WHERE " + column + " = ? ORDER BY place"
	kept, err := collect(scanKept)(d.read.QueryContext(ctx, query, value))
	if err != nil {
		return nil, fmt.Errorf("read sections: %w", err)
	}
	return kept, nil
}

func scanKept(rows *sql.Rows) (desk.Kept, error) {
	var k desk.Kept
	err := rows.Scan(&k.Case, &k.Event, &k.Section, &k.Vault, &k.Ciphertext)
	return k, err
}
