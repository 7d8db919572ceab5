package sealing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
	"github.com/saphan-project/saphan/services/desk"
)

// Codes of the refusals of Sealer.Open; all are of kind Invalid, but for CodeNotYours.
const (
	CodeMoved    = "section_moved"     // it was sealed for another place
	CodeDamaged  = "section_damaged"   // it is no sealed section, or not a whole one
	CodeNotYours = "section_not_yours" // Forbidden: it was sealed to other keys
)

// Sealer seals for one agency's desk, and opens with the agency's own key.
type Sealer struct {
	// Own opens what was sealed to the agency. Seal does not need it.
	Own *Identity
}

var _ desk.Sealer = Sealer{}

var errHeader = errors.New("seal section: header is not complete")

// lineOf is what every sealed section begins with. It fails on values that are
// not written as ids are, so that no two headers share a line.
func lineOf(h desk.SectionHeader) ([]byte, error) {
	if !schemas.ValidID(h.Case) || !schemas.ValidEventID(h.Event) || !schemas.ValidAgency(h.Sender) {
		return nil, errHeader
	}
	if h.Section == "" || strings.Trim(h.Section, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return nil, errHeader
	}
	return fmt.Appendf(nil, "saphan-section/1 %s %s %s %s\n", h.Case, h.Event, h.Section, h.Sender), nil
}

// Seal closes plaintext to the recipients, each as Identity.Recipient writes
// it; one that is named twice counts once. It is TooLarge when the sealed
// section is over schemas.MaxSection: a recipient takes about 1,600 bytes, and
// everything else about 350. It fails without recipients, and on one that is
// not post-quantum.
func (Sealer) Seal(h desk.SectionHeader, plaintext []byte, recipients []string) ([]byte, error) {
	line, err := lineOf(h)
	if err != nil {
		return nil, err
	}
	if len(plaintext) > schemas.MaxSection {
		return nil, services.Refuse(services.TooLarge, schemas.CodeTooLarge)
	}
	to, err := parseRecipients(recipients)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to...)
	if err != nil {
		return nil, fmt.Errorf("seal section: %w", err)
	}
	_, err = w.Write(append(line, plaintext...))
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("seal section: %w", err)
	}
	if sealed.Len() > schemas.MaxSection {
		return nil, services.Refuse(services.TooLarge, schemas.CodeTooLarge)
	}
	return sealed.Bytes(), nil
}

// parseRecipients reads recipients, each once. The library's own errors repeat
// what they could not read, so they end here.
func parseRecipients(texts []string) ([]age.Recipient, error) {
	if len(texts) == 0 {
		return nil, errors.New("seal section: nobody to seal it to")
	}
	var to []age.Recipient
	seen := map[string]bool{}
	for _, text := range texts {
		r, err := age.ParseHybridRecipient(text)
		if err != nil {
			return nil, errors.New("seal section: a recipient is no post-quantum age recipient")
		}
		if name := r.String(); !seen[name] {
			seen[name] = true
			to = append(to, r)
		}
	}
	return to, nil
}

// Open opens a sealed section and checks that it belongs where h says. Every
// error is a refusal: TooLarge over schemas.MaxSection, or one of the codes above.
func (s Sealer) Open(h desk.SectionHeader, ciphertext []byte) ([]byte, error) {
	if len(ciphertext) > schemas.MaxSection {
		return nil, services.Refuse(services.TooLarge, schemas.CodeTooLarge)
	}
	line, err := lineOf(h)
	if err != nil {
		return nil, services.Refuse(services.Invalid, CodeMoved)
	}
	plaintext, err := decrypt(s.Own, ciphertext)
	if err != nil {
		return nil, err
	}
	content, ok := bytes.CutPrefix(plaintext, line)
	if !ok {
		return nil, services.Refuse(services.Invalid, CodeMoved)
	}
	return content, nil
}

func decrypt(id *Identity, ciphertext []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(ciphertext), id.key)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, services.Refuse(services.Forbidden, CodeNotYours)
	}
	if err != nil {
		return nil, services.Refuse(services.Invalid, CodeDamaged)
	}
	plaintext, err := io.ReadAll(r)
	if err != nil {
		return nil, services.Refuse(services.Invalid, CodeDamaged)
	}
	return plaintext, nil
}
