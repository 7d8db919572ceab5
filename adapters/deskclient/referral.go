package deskclient

import (
	"context"

	"github.com/saphan-project/saphan/services/desk"
)

// Act says a word about a referral; the verbs are those of desk.Verbs.
func (c *Client) Act(ctx context.Context, verb, referral string, in desk.ActInput) (desk.Answer, error) {
	var a desk.Answer
	err := c.post(ctx, in, &a, "referrals", referral, verb)
	return a, err
}
