package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/saphan-project/saphan/services/webhook"
)

// Enqueue adds deliveries and moves the cursor of their endpoint, unless it is
// elsewhere by now, or the endpoint is not open any more.
func (w *Webhooks) Enqueue(ctx context.Context, id string, rows []webhook.Delivery, from, to uint64) error {
	err := w.change(ctx, func(tx *sql.Tx) error {
		at, err := tx.ExecContext(ctx, "UPDATE webhook SET cursor = ? WHERE id = ? AND cursor = ? AND state IN ('active', 'paused')",
			int64(to), id, int64(from))
		if err != nil {
			return err
		}
		if n, err := at.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for _, d := range rows {
			_, err := tx.ExecContext(ctx, `INSERT INTO delivery (webhook, place, event, type, scope, standing, attempts, tries, next, at, code, status)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				id, int64(d.Place), d.Event, d.Type, d.Scope, d.State, d.Attempts, d.Tries,
				milli(d.Next), milli(d.At), d.Last.Code, d.Last.Status)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add deliveries: %w", err)
	}
	return nil
}

// Heads returns the first delivery of each case that is not settled. It goes from
// case to case, so that a long queue of one costs no more than a short one.
func (w *Webhooks) Heads(ctx context.Context, id string) ([]webhook.Delivery, error) {
	const open = "webhook = ?1 AND standing IN ('waiting', 'failed')"
	const query = `WITH RECURSIVE head (scope, place) AS (
			SELECT * FROM (SELECT scope, place FROM delivery WHERE ` + open + ` ORDER BY scope, place LIMIT 1)
			UNION ALL
			SELECT d.scope, d.place FROM head JOIN delivery d ON d.webhook = ?1 AND d.place = (
				SELECT place FROM delivery WHERE ` + open + ` AND scope > head.scope ORDER BY scope, place LIMIT 1)
		)
		SELECT ` + deliveryColumns + ` FROM delivery WHERE webhook = ?1 AND place IN (SELECT place FROM head)`
	found, err := collect(scanDelivery)(w.read.QueryContext(ctx, query, id))
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return found, nil
}

// Head returns the first delivery of one case that is not settled.
func (w *Webhooks) Head(ctx context.Context, id, scope string) (webhook.Delivery, bool, error) {
	const query = "SELECT " + deliveryColumns + ` FROM delivery
		WHERE webhook = ? AND scope = ? AND standing IN ('waiting', 'failed') ORDER BY place LIMIT 1`
	found, err := collect(scanDelivery)(w.read.QueryContext(ctx, query, id, scope))
	if err != nil {
		return webhook.Delivery{}, false, fmt.Errorf("read delivery: %w", err)
	}
	if len(found) == 0 {
		return webhook.Delivery{}, false, nil
	}
	return found[0], true, nil
}

// Settle stores what after makes of an endpoint and a delivery, unless either is gone.
func (w *Webhooks) Settle(ctx context.Context, d webhook.Delivery, after func(*webhook.Endpoint, *webhook.Delivery)) error {
	err := w.change(ctx, func(tx *sql.Tx) error {
		all, err := endpoints(ctx, tx, d.Endpoint)
		if err != nil || len(all) == 0 {
			return err
		}
		found, err := collect(scanDelivery)(tx.QueryContext(ctx,
			"SELECT "+deliveryColumns+" FROM delivery WHERE webhook = ? AND place = ?", d.Endpoint, int64(d.Place)))
		if err != nil || len(found) == 0 {
			return err
		}
		e, now := all[0], found[0]
		after(&e, &now)
		if health(e) != health(all[0]) {
			if err := putEndpoint(ctx, tx, e); err != nil {
				return err
			}
		}
		return putDelivery(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("settle delivery: %w", err)
	}
	return nil
}

// health is what an attempt can change of an endpoint.
func health(e webhook.Endpoint) [4]any {
	return [4]any{e.State, e.Reason, e.FailingSince.UnixMilli(), e.Hold.UnixMilli()}
}

func putDelivery(ctx context.Context, tx *sql.Tx, d webhook.Delivery) error {
	_, err := tx.ExecContext(ctx, `UPDATE delivery SET standing = ?, attempts = ?, tries = ?, next = ?, at = ?, code = ?, status = ?
		WHERE webhook = ? AND place = ?`,
		d.State, d.Attempts, d.Tries, milli(d.Next), milli(d.At), d.Last.Code, d.Last.Status, d.Endpoint, int64(d.Place))
	return err
}

// Find lists deliveries of an endpoint that a pick fits, the newest place first.
func (w *Webhooks) Find(ctx context.Context, id string, p webhook.Pick, page webhook.Page) ([]webhook.Delivery, error) {
	found, err := find(ctx, w.read, id, p, page)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return found, nil
}

// find is Find; without a limit it lists all.
func find(ctx context.Context, db reader, id string, p webhook.Pick, page webhook.Page) ([]webhook.Delivery, error) {
	const query = "SELECT " + deliveryColumns + ` FROM delivery
		WHERE webhook = ?1 AND (?2 = '' OR event = ?2) AND (?3 = '' OR type = ?3)
		AND (?4 IS NULL OR at >= ?4) AND place >= ?5 AND (?6 = 'null' OR standing IN (SELECT value FROM json_each(?6)))
		AND (?7 = 0 OR place < ?7) AND (NOT ?8 OR tries > 0)
		ORDER BY place DESC LIMIT ?9`
	states, err := json.Marshal(p.States)
	if err != nil {
		return nil, err
	}
	if page.Limit <= 0 {
		page.Limit = -1
	}
	return collect(scanDelivery)(db.QueryContext(ctx, query, id, p.Event, p.Type, milli(p.Since), int64(p.From),
		string(states), int64(page.Before), p.Tried, page.Limit))
}

const deliveryColumns = "webhook, place, event, type, scope, standing, attempts, tries, next, at, code, status"

func scanDelivery(rows *sql.Rows) (webhook.Delivery, error) {
	var d webhook.Delivery
	var place int64
	var next, at sql.NullInt64
	err := rows.Scan(&d.Endpoint, &place, &d.Event, &d.Type, &d.Scope, &d.State, &d.Attempts, &d.Tries,
		&next, &at, &d.Last.Code, &d.Last.Status)
	d.Place, d.Next, d.At = uint64(place), instant(next), instant(at)
	return d, err
}

// Count counts the deliveries of every endpoint by their standing.
func (w *Webhooks) Count(ctx context.Context) (map[string]webhook.Counts, error) {
	type group struct {
		webhook  string
		standing webhook.DeliveryState
		n        int
	}
	groups, err := collect(func(rows *sql.Rows) (group, error) {
		var g group
		err := rows.Scan(&g.webhook, &g.standing, &g.n)
		return g, err
	})(w.read.QueryContext(ctx, "SELECT webhook, standing, count(*) FROM delivery GROUP BY webhook, standing"))
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	counts := make(map[string]webhook.Counts)
	for _, g := range groups {
		if counts[g.webhook] == nil {
			counts[g.webhook] = make(webhook.Counts)
		}
		counts[g.webhook][g.standing] = g.n
	}
	return counts, nil
}

// Prune drops what was settled before an instant, and endpoints that were disabled
// before it and of which nothing else is left.
func (w *Webhooks) Prune(ctx context.Context, before time.Time) error {
	err := w.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM delivery WHERE standing IN ('delivered', 'skipped') AND at < ?", before.UnixMilli())
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM webhook WHERE state = 'disabled' AND changed < ?
			AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.webhook = webhook.id)`, before.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("prune deliveries: %w", err)
	}
	return nil
}
