package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/webhook"
)

// webhookSchema is the step of desk.db that adds webhooks.
const webhookSchema = `CREATE TABLE webhook (
		number  INTEGER PRIMARY KEY AUTOINCREMENT,
		id      TEXT NOT NULL UNIQUE,
		url     TEXT NOT NULL,
		types   TEXT NOT NULL,    -- names with blanks between them; empty: all
		is_full INTEGER NOT NULL,
		state   TEXT NOT NULL CHECK (state IN ('unverified', 'active', 'paused', 'disabled')),
		reason  TEXT NOT NULL,
		rate    INTEGER NOT NULL,
		made    INTEGER NOT NULL, -- ms since 1970, as those below
		changed INTEGER NOT NULL,
		failing INTEGER,          -- NULL: not
		hold    INTEGER,          -- NULL: not
		cursor  INTEGER NOT NULL  -- place in the feed
	);
	CREATE TABLE webhook_key (
		webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
		public  TEXT NOT NULL,
		made    INTEGER NOT NULL,
		ends    INTEGER,          -- NULL: never
		secret  BLOB NOT NULL,
		seed    BLOB NOT NULL,
		PRIMARY KEY (webhook, public)
	);
	CREATE TABLE delivery (
		webhook  TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
		place    INTEGER NOT NULL, -- in the feed
		event    TEXT NOT NULL,
		type     TEXT NOT NULL,
		scope    TEXT NOT NULL,
		standing TEXT NOT NULL CHECK (standing IN ('waiting', 'delivered', 'failed', 'skipped')),
		attempts INTEGER NOT NULL,
		tries    INTEGER NOT NULL,
		next     INTEGER,          -- NULL: not again
		at       INTEGER,          -- NULL: not yet
		code     TEXT NOT NULL,
		status   INTEGER NOT NULL,
		PRIMARY KEY (webhook, place)
	) WITHOUT ROWID;
	CREATE INDEX delivery_open ON delivery (webhook, scope, place) WHERE standing IN ('waiting', 'failed');`

// Webhooks are the part of desk.db with the endpoints that an agency's events are
// sent to, and what becomes of each. The secrets that they are signed with are in it
// as they are: the file is readable by its own user only, and whoever can read it can
// read everything that the agency has filed, too.
type Webhooks struct{ *file }

var _ webhook.Store = (*Webhooks)(nil)

// Add adds an endpoint.
func (w *Webhooks) Add(ctx context.Context, e webhook.Endpoint) error {
	err := w.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO webhook (id, url, types, is_full, state, reason, rate, made, changed, failing, hold, cursor)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, e.URL, strings.Join(e.Types, " "), e.Full, e.State, e.Reason, e.Rate,
			e.Made.UnixMilli(), e.Changed.UnixMilli(), milli(e.FailingSince), milli(e.Hold), int64(e.Cursor))
		if err != nil {
			return err
		}
		return putKeys(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("add webhook: %w", err)
	}
	return nil
}

// putKeys replaces the keys of an endpoint.
func putKeys(ctx context.Context, tx *sql.Tx, e webhook.Endpoint) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM webhook_key WHERE webhook = ?", e.ID); err != nil {
		return err
	}
	for _, k := range e.Keys {
		_, err := tx.ExecContext(ctx, "INSERT INTO webhook_key (webhook, public, made, ends, secret, seed) VALUES (?, ?, ?, ?, ?, ?)",
			e.ID, k.Public, k.Made.UnixMilli(), milli(k.Ends), k.Secret, k.Seed)
		if err != nil {
			return err
		}
	}
	return nil
}

// reader is a transaction, or the connections that read.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

const endpointColumns = "id, url, types, is_full, state, reason, rate, made, changed, failing, hold, cursor"

// All returns every endpoint in the order in which they were added.
func (w *Webhooks) All(ctx context.Context) ([]webhook.Endpoint, error) {
	found, err := endpoints(ctx, w.read, "")
	if err != nil {
		return nil, fmt.Errorf("read webhooks: %w", err)
	}
	return found, nil
}

// Get returns an endpoint; Unknown when there is none.
func (w *Webhooks) Get(ctx context.Context, id string) (webhook.Endpoint, error) {
	e, err := endpoint(ctx, w.read, id)
	return e, naming("read webhook", err)
}

// naming says what failed; a refusal says so itself.
func naming(doing string, err error) error {
	var refusal *services.Error
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func endpoint(ctx context.Context, db reader, id string) (webhook.Endpoint, error) {
	found, err := endpoints(ctx, db, id)
	if err == nil && len(found) == 0 {
		err = services.Refuse(services.Unknown, services.CodeNotVisible)
	}
	if err != nil {
		return webhook.Endpoint{}, err
	}
	return found[0], nil
}

// endpoints reads one endpoint, or all, with their keys.
func endpoints(ctx context.Context, db reader, id string) ([]webhook.Endpoint, error) {
	found, err := collect(scanEndpoint)(db.QueryContext(ctx, "SELECT "+endpointColumns+
		" FROM webhook WHERE ?1 = '' OR id = ?1 ORDER BY number", id))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	keys, err := collect(scanKey)(db.QueryContext(ctx, `SELECT webhook, public, made, ends, secret, seed
		FROM webhook_key WHERE ?1 = '' OR webhook = ?1 ORDER BY made DESC`, id))
	for i := range found {
		for _, k := range keys {
			if k.webhook == found[i].ID {
				found[i].Keys = append(found[i].Keys, k.SigningKey)
			}
		}
	}
	return found, err
}

func scanEndpoint(rows *sql.Rows) (webhook.Endpoint, error) {
	var e webhook.Endpoint
	var types string
	var made, changed, failing, hold sql.NullInt64
	var cursor int64
	err := rows.Scan(&e.ID, &e.URL, &types, &e.Full, &e.State, &e.Reason, &e.Rate, &made, &changed, &failing, &hold, &cursor)
	e.Types, e.Cursor = strings.Fields(types), uint64(cursor)
	e.Made, e.Changed, e.FailingSince, e.Hold = instant(made), instant(changed), instant(failing), instant(hold)
	return e, err
}

// ownedKey is a key, and whose it is.
type ownedKey struct {
	webhook string
	webhook.SigningKey
}

func scanKey(rows *sql.Rows) (ownedKey, error) {
	var k ownedKey
	var made, ends sql.NullInt64
	err := rows.Scan(&k.webhook, &k.Public, &made, &ends, &k.Secret, &k.Seed)
	k.Made, k.Ends = instant(made), instant(ends)
	return k, err
}

// Change stores what change makes of an endpoint, and moves its deliveries.
func (w *Webhooks) Change(ctx context.Context, id string, change func(*webhook.Endpoint) (*webhook.Move, error)) (webhook.Endpoint, int, error) {
	var e webhook.Endpoint
	moved := 0
	err := w.change(ctx, func(tx *sql.Tx) error {
		var err error
		if e, err = endpoint(ctx, tx, id); err != nil {
			return err
		}
		m, err := change(&e)
		if err != nil {
			return err
		}
		if err := errors.Join(putEndpoint(ctx, tx, e), putKeys(ctx, tx, e)); err != nil || m == nil {
			return err
		}
		moved, err = move(ctx, tx, id, *m)
		return err
	})
	if err != nil {
		return webhook.Endpoint{}, 0, naming("change webhook", err)
	}
	return e, moved, nil
}

// putEndpoint stores what can change of an endpoint, its keys aside.
func putEndpoint(ctx context.Context, tx *sql.Tx, e webhook.Endpoint) error {
	_, err := tx.ExecContext(ctx, `UPDATE webhook SET state = ?, reason = ?, rate = ?, changed = ?, failing = ?, hold = ?, cursor = ?
		WHERE id = ?`, e.State, e.Reason, e.Rate, e.Changed.UnixMilli(), milli(e.FailingSince), milli(e.Hold), int64(e.Cursor), e.ID)
	return err
}

func move(ctx context.Context, tx *sql.Tx, id string, m webhook.Move) (int, error) {
	found, err := find(ctx, tx, id, m.Pick, webhook.Page{})
	if err != nil {
		return 0, err
	}
	for _, d := range found {
		m.To(&d)
		if err := putDelivery(ctx, tx, d); err != nil {
			return 0, err
		}
	}
	return len(found), nil
}
