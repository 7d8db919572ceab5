package casefile

import "github.com/saphan-project/saphan/schemas"

// Overtaken returns the agency's offers that were open before a fact and are not
// open after it, for whoever may not see the fact itself: another agency has
// accepted, or the referral was passed on. It must not learn which, or of whom,
// but it must not keep a bed for nobody either.
func Overtaken(before, after *State, d Directory, agency string) []string {
	if after.Barred(d, agency) {
		return nil // it is told that access ended, and nothing else
	}
	was, is := before.enforced(d), after.enforced(d)
	var over []string
	for _, r := range was.Referrals {
		now := is.Referral(r.ID)
		if now == nil || now.Ended() || !r.IsOpen() {
			continue // what ended so is not there for it any more
		}
		for _, o := range r.OpenOffers() {
			open := now.IsOpen() && now.Offer(o.ID).Stage == Open
			if o.To == agency && !open && now.Acceptor != agency {
				over = append(over, o.ID)
			}
		}
	}
	return over
}

// beside are the words that a desk is told beside the ledger, and what they change
// in its view. They have no row in the table of rules: nobody files them.
var beside = map[string]func(*turn){"access.ended": thenAccessEnded}

// thenAccessEnded closes the offers that are over elsewhere.
func thenAccessEnded(t *turn) {
	for _, id := range t.f.Data.(schemas.AccessEnded).Offers {
		for _, r := range t.s.Referrals {
			if o := r.Offer(id); o != nil && o.Stage == Open {
				o.Stage = Lost
				r.settle("")
			}
		}
	}
}
