package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/desk"
)

// Tokens lists the tokens of the desk, the oldest first.
func (c *Client) Tokens(ctx context.Context) ([]desk.Token, error) {
	var list struct {
		Tokens []desk.Token `json:"tokens"`
	}
	err := c.get(ctx, &list, "tokens")
	return list.Tokens, err
}

// AddToken makes a token, which the answer holds and nothing else ever again.
func (c *Client) AddToken(ctx context.Context, in desk.TokenInput) (desk.NewToken, error) {
	var made desk.NewToken
	err := c.post(ctx, in, &made, "tokens")
	return made, err
}

// RevokeToken ends a token at once, by its id.
func (c *Client) RevokeToken(ctx context.Context, id string) (desk.Token, error) {
	var ended desk.Token
	err := c.post(ctx, struct{}{}, &ended, "tokens", id, "revoke")
	return ended, err
}
