package schemas

// Area is a place no finer than a province.
type Area struct {
	// Kind is "province", "at_sea", "abroad" or "unknown".
	Kind string `json:"kind"`
	// Code is the ISO 3166-2:TH code of a province, as in "TH-74" for Samut
	// Sakhon; empty for the other kinds.
	Code string `json:"code,omitempty"`
}

// Sealed names a sealed section of an event: which it is, and the SHA-256 of
// its ciphertext in hex. The ciphertext itself lies in the vault.
type Sealed struct {
	Section string `json:"section"`
	Digest  string `json:"digest"`
}

// Seals is embedded in every payload that can name sealed sections.
type Seals struct {
	Sealed []Sealed `json:"sealed,omitempty"`
}

// SealedSections returns the sections that the payload names.
func (s Seals) SealedSections() []Sealed { return s.Sealed }

// InReferral is embedded in every payload that is about one referral.
type InReferral struct {
	Referral string `json:"referral,omitempty"`
}

// ReferralID returns the referral that the payload is about; "" when it is about
// none.
func (r InReferral) ReferralID() string { return r.Referral }

// InOffer is embedded in every payload that is about one offer of a referral.
// An offer's id is the id of its offered event.
type InOffer struct {
	InReferral
	Offer string `json:"offer"`
}

// OfferID returns the offer that the payload is about.
func (o InOffer) OfferID() string { return o.Offer }

// OnBehalf is embedded in every answer that somebody else may record for an
// agency that gave it by telephone or in person.
type OnBehalf struct {
	// OnBehalfOf is the agency whose answer it is; empty when it speaks for itself.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`
	// Channel is how it was given: a code of the list channel.
	Channel string `json:"channel,omitempty"`
}

// ActsFor returns the agency whose answer it is; "" when the author's own.
func (b OnBehalf) ActsFor() string { return b.OnBehalfOf }
