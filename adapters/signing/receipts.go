package signing

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
	"github.com/saphan-project/saphan/services/intake"
)

var _ intake.Receipts = (*Receipts)(nil)

const (
	// ReceiptType is the DSSE payload type of a receipt.
	ReceiptType = "urn:saphan:receipt:v1"
	// ReceiptService is the hub's service whose key signs receipts.
	ReceiptService = "intake"
	// CodeReceipt is the code of a refused receipt.
	CodeReceipt = "receipt"

	receiptHead = "saphan-receipt/1"
)

// Receipts signs receipts with the hub's key.
type Receipts struct {
	key signer
}

// NewReceipts returns a signer of receipts.
func NewReceipts(key ed25519.PrivateKey) *Receipts { return &Receipts{key: signer(key)} }

// Sign states that the fact is in the ledger: its id, the SHA-256 of its bytes,
// when it was recorded, and where it lies. The same fact gives the same receipt.
func (s *Receipts) Sign(f services.Fact) (services.Receipt, error) {
	id, err := s.key.KeyID()
	if err != nil {
		return services.Receipt{}, fmt.Errorf("sign receipt: %w", err)
	}
	r := services.Receipt{
		Event: f.ID(), SHA256: schemas.Digest(f.Bytes),
		Recorded: f.Recorded.UTC(), Subject: f.Subject, Key: id,
	}
	text, ok := receiptText(r)
	if !ok {
		return services.Receipt{}, fmt.Errorf("sign receipt: not a recorded fact")
	}
	sig, err := s.key.Sign(context.Background(), dsse.PAE(ReceiptType, text))
	if err != nil {
		return services.Receipt{}, fmt.Errorf("sign receipt: %w", err)
	}
	r.Sig = encode64(sig)
	return r, nil
}

// VerifyReceipt checks that the holder of the key signed the receipt, and
// refuses with Unauthorized when not. It says nothing of the event's bytes:
// compare SHA256 with their digest.
func VerifyReceipt(r services.Receipt, public ed25519.PublicKey) error {
	refusal := services.Refuse(services.Unauthorized, CodeReceipt)
	sig, ok := decode64(r.Sig)
	if !ok || r.Key != KeyID(public) {
		return refusal
	}
	text, ok := receiptText(r)
	if !ok || verifier(public).Verify(context.Background(), dsse.PAE(ReceiptType, text), sig) != nil {
		return refusal
	}
	return nil
}

// ReceiptVerifier checks receipts for a desk, which knows the hub's keys from
// its directory.
type ReceiptVerifier struct {
	keys Keyring
}

var _ desk.Receipts = (*ReceiptVerifier)(nil)

// NewReceiptVerifier returns a verifier that trusts the keys that the keyring
// has for ReceiptService.
func NewReceiptVerifier(keys Keyring) *ReceiptVerifier { return &ReceiptVerifier{keys: keys} }

// VerifyReceipt checks that the hub signed the receipt, with the key that it
// names. It answers as the function VerifyReceipt does.
func (v *ReceiptVerifier) VerifyReceipt(r services.Receipt) error {
	for _, key := range v.keys.SigningKeys(schemas.Party{Service: ReceiptService}) {
		if r.Key == KeyID(key) {
			return VerifyReceipt(r, key)
		}
	}
	return services.Refuse(services.Unauthorized, CodeReceipt)
}

// receiptText is what is signed: a line for each value. It reports false when a
// value is not written as it must be, so that no two receipts share a text.
func receiptText(r services.Receipt) ([]byte, bool) {
	if !schemas.ValidEventID(r.Event) || !schemas.ValidDigest(r.SHA256) {
		return nil, false
	}
	if r.Recorded.IsZero() || !r.Recorded.Equal(r.Recorded.Truncate(time.Millisecond)) {
		return nil, false
	}
	if r.Subject == "" || strings.ContainsFunc(r.Subject, notVisible) {
		return nil, false
	}
	lines := []string{receiptHead, r.Event, r.SHA256, schemas.FormatTime(r.Recorded), r.Subject}
	return []byte(strings.Join(lines, "\n") + "\n"), true
}

// notVisible tells the characters that no subject of the ledger has.
func notVisible(c rune) bool { return c <= ' ' || c > '~' }
