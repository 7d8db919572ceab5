package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/saphan-project/saphan/adapters/natsbus"
	"github.com/saphan-project/saphan/services/operator"
)

// A bundle is the folder of an agency that has a desk of its own: its private keys,
// which are made in it and never leave it, and how it reaches the hub.
type bundle struct {
	dir    string
	agency string
	keys   deskKeys
	user   natsbus.UserKey
}

// Files of a bundle, beside those of a desk's keys.
const (
	userFile        = "user.nk"     // the private key of its user on the bus
	credentialsFile = "nats.creds"  // the same, and who signs it in: what clients of NATS read
	bundleFile      = "bundle.json" // where the hub is
	authorityFile   = "ca.pem"      // whom the bus is checked against
	bundleReadme    = "README.txt"
)

// bundleDoor is bundle.json. There is no secret in it.
type bundleDoor struct {
	Agency   string `json:"agency"`
	Account  string `json:"account"`  // on the bus
	Consumer string `json:"consumer"` // of its inbox
	operator.Door
}

// openBundle loads the keys of a bundle, or makes them. It refuses a folder that is
// another agency's.
func openBundle(dir, agency string) (*bundle, error) {
	b := &bundle{dir: dir, agency: agency}
	door, err := b.door()
	switch {
	case err == nil && door.Agency != agency:
		return nil, usage("that folder is the bundle of another agency", "name another one with --bundle")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	if b.keys, err = openDeskKeys(dir); err != nil {
		return nil, err
	}
	b.user, err = userKeyForm.keep(b.path(userFile))
	return b, err
}

// standing reads how the hub is reached from a folder that is said to be a bundle,
// and makes nothing in one that is none.
func (b *bundle) standing() (bundleDoor, error) {
	d, err := b.door()
	if err != nil {
		return d, usage("that folder holds no bundle", "name the folder that saphan agency add --bundle wrote; to renew one that is lost as a whole, add --lost")
	}
	return d, nil
}

var userKeyForm = keyForm[natsbus.UserKey]{
	make:   natsbus.GenerateUserKey,
	format: func(k natsbus.UserKey) ([]byte, error) { return k.Text(), nil },
	parse:  natsbus.ParseUserKey,
}

func (b *bundle) path(name string) string { return filepath.Join(b.dir, name) }

// read reads a file that the hub's answer has left in the bundle.
func (b *bundle) read(name string) ([]byte, error) {
	text, err := readPrivate(b.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage(name+" is missing in the bundle", missingHint)
	}
	return text, err
}

func (b *bundle) door() (bundleDoor, error) {
	var d bundleDoor
	text, err := os.ReadFile(b.path(bundleFile))
	if err != nil {
		return d, fileError("read", b.path(bundleFile), err)
	}
	if json.Unmarshal(text, &d) != nil {
		return d, fileError("read", b.path(bundleFile), errors.New("not what saphan agency add writes"))
	}
	return d, nil
}

// renewUser makes another key for the user, in place of the one that is there.
func (b *bundle) renewUser() error {
	k, err := natsbus.GenerateUserKey()
	if err != nil {
		return err
	}
	b.user = k
	return replacePrivate(b.path(userFile), k.Text())
}

// complete writes what the hub has answered. The credentials come last: with them it
// is whole.
func (b *bundle) complete(access operator.Access) error {
	if access.Door == nil {
		return errors.New("the hub did not say how to reach the bus")
	}
	user, err := b.user.User(access.JWT)
	if err != nil {
		return err
	}
	credentials, err := user.Credentials()
	if err != nil {
		return err
	}
	door := bundleDoor{b.agency, access.Account, access.Account, *access.Door}
	door.CA = ""
	text, err := json.MarshalIndent(door, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		text []byte
	}{
		{authorityFile, []byte(access.Door.CA)}, {bundleFile, append(text, '\n')},
		{bundleReadme, []byte(b.readme(door))}, {credentialsFile, credentials},
	} {
		if len(f.text) == 0 {
			continue
		}
		if err := replacePrivate(b.path(f.name), f.text); err != nil {
			return err
		}
	}
	return nil
}

// readme says in words how to connect, what to keep secret, and what to do on loss.
func (b *bundle) readme(d bundleDoor) string {
	at := strings.Join(d.URLs, " ")
	if at == "" {
		at = "(the hub has no listener yet: ask its operator)"
	}
	return fmt.Sprintf(bundleWords, b.agency, at, d.Prefix, d.Consumer)
}

const bundleWords = `The bundle of %s

HOW TO CONNECT

With a desk of Saphan's: saphan desk --bundle DIR, on one machine at a time. Two that run
on copies of this folder would each get a part of what comes.

With a program of your own: the bus is at %s
It speaks NATS over TLS. nats.creds says who you are, and ca.pem whom to trust: give both
to your program, and nothing else of this folder. A client of JetStream takes %q for the
prefix of its API; your inbox is the consumer %s
of the stream INBOX. bundle.json has the same for programs.
To file, an event is signed with signing.pem and sent to the subject of "submit". What is
sealed for you is opened with sealing.age.

WHAT TO KEEP SECRET

signing.pem     signs what you file: whoever has it speaks for you
sealing.age     opens what is sealed for you
recovery.age    opens the same, when sealing.age is lost: keep it elsewhere, not on this machine
outbox.key      tells your own repeats apart
user.nk         lets you onto the bus, and so does nats.creds, which has it in it
Only your desk may read them. They were made in this folder, by whoever made it for you:
have every other copy of it erased. The hub has never seen them. bundle.json and ca.pem
are no secret. The credentials hold for a year from the day that nats.creds was written;
have the operator renew them before (saphan agency rotate).

WHEN SOMETHING IS LOST OR SEEN BY OTHERS

Call the operator of the hub at once, on the telephone: your agency is suspended in a
moment, and nothing goes in or out until it is resumed.
user.nk, nats.creds   the operator renews them: saphan agency rotate
signing.pem           the same, with a folder from which it is gone: a new one is made.
                      From then on the hub takes nothing that the old one has signed. If
                      you can, let the desk send what waits first: the rest comes back as
                      refused (saphan inbox), and has to be filed again under another id
sealing.age           put a copy of recovery.age in its place and start the desk: it opens
                      what was sealed for both
recovery.age          make a new one as for signing.pem, as long as sealing.age is there
outbox.key, desk.db   from your backup; without them the desk takes repeats for new
the whole folder      the operator makes another one: saphan agency rotate --lost. What was
                      sealed for you is lost, unless you have recovery.age
`
