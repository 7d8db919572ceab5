package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// AddToken adds a token. It fails when its id or its hash is there already.
func (d *Desk) AddToken(ctx context.Context, t desk.Token) error {
	scopes := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		scopes[i] = string(s)
	}
	_, err := d.write.ExecContext(ctx, `INSERT INTO token (id, hash, scopes, note, created, expires, revoked)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		t.ID, t.Hash[:], strings.Join(scopes, " "), t.Note, t.Created.UnixMilli(), milli(t.Expires), milli(t.Revoked))
	if err != nil {
		return fmt.Errorf("add token: %w", err)
	}
	return nil
}

// Tokens returns all tokens in the order in which they were added.
func (d *Desk) Tokens(ctx context.Context) ([]desk.Token, error) {
	const query = "SELECT id, hash, scopes, note, created, expires, revoked FROM token ORDER BY place"
	found, err := collect(scanToken)(d.read.QueryContext(ctx, query))
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	return found, nil
}

// RevokeToken notes when a token was revoked, the first time.
func (d *Desk) RevokeToken(ctx context.Context, id string, at time.Time) error {
	_, err := d.write.ExecContext(ctx, "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", at.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

var errHash = errors.New("a hash is not of its length")

func scanToken(rows *sql.Rows) (desk.Token, error) {
	var t desk.Token
	var hash []byte
	var scopes string
	var created int64
	var expires, revoked sql.NullInt64
	if err := rows.Scan(&t.ID, &hash, &scopes, &t.Note, &created, &expires, &revoked); err != nil {
		return t, err
	}
	if len(hash) != len(t.Hash) {
		return t, errHash
	}
	t.Hash = services.TokenHash(hash)
	for _, s := range strings.Fields(scopes) {
		t.Scopes = append(t.Scopes, services.TokenScope(s))
	}
	t.Created, t.Expires, t.Revoked = time.UnixMilli(created).UTC(), instant(expires), instant(revoked)
	return t, nil
}

// milli is an instant as a file keeps it, the zero one as NULL.
func milli(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
