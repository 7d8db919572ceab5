package natsbus

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// brokerLog hands on the broker's warnings and errors, and keeps the last fatal
// one: a fatal error of the broker does not end the process. What it hands on is
// the broker's own words alone. What they speak of, as a subject, the name of a
// client or a part of its request, was written by somebody else, and may hold
// anything. Each sentence is told once a minute at most, however often it is said.
type brokerLog struct {
	tell func(string)

	mu   sync.Mutex
	last string
	told map[string]*sentence
}

// sentence is what the broker said, and how often since it was told.
type sentence struct {
	next time.Time
	more int
}

// sentenceEvery is how often the same sentence is told.
const sentenceEvery = time.Minute

var _ server.Logger = (*brokerLog)(nil)

func (l *brokerLog) Noticef(string, ...any) {}
func (l *brokerLog) Debugf(string, ...any)  {}
func (l *brokerLog) Tracef(string, ...any)  {}

func (l *brokerLog) Warnf(format string, _ ...any)  { l.say(format) }
func (l *brokerLog) Errorf(format string, _ ...any) { l.say(format) }

func (l *brokerLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	l.last = fmt.Sprintf(format, v...) // told to whoever starts the broker, of his own folder
	l.mu.Unlock()
	l.say(format)
}

// verb is a place of a format where something is put in.
var verb = regexp.MustCompile(`'?"?%[-+# 0-9.]*[a-zA-Z]"?'?`)

// aboutLines are what the broker says about a connection, behind the names that
// whoever made it gave it: the first of them that occurs is told, and nothing else.
var aboutLines = []string{
	"Publish Violation", "Subscription Violation", "Publish with Reply", "authentication error", "authentication expired", "Authentication Timeout",
	"Authentication Revoked", "account active connections exceeded", "subscriptions exceeded", "maximum payload", "maximum control line", "TLS handshake",
	"Slow Consumer", "Invalid Client Protocol", "Parser Error", "Stale", "Write Deadline",
}

// ownWords are the broker's own words of a sentence.
func ownWords(format string) string {
	if !strings.Contains(format, "cid:") {
		return verb.ReplaceAllString(format, "…")
	}
	for _, words := range aboutLines {
		if strings.Contains(format, words) {
			return "a connection: " + words
		}
	}
	return "a connection: something else"
}

func (l *brokerLog) say(format string) {
	text := ownWords(format)
	if more, now := l.due(text, time.Now()); now && l.tell != nil {
		if more > 0 {
			text = fmt.Sprintf("%s (%d times more)", text, more)
		}
		l.tell(text)
	}
}

// due reports whether a sentence is to be told now, and how often it was said since
// the last time.
func (l *brokerLog) due(text string, now time.Time) (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.told[text]
	if s == nil {
		s = &sentence{}
		if l.told == nil {
			l.told = make(map[string]*sentence)
		}
		l.told[text] = s
	}
	if now.Before(s.next) {
		s.more++
		return 0, false
	}
	more := s.more
	s.next, s.more = now.Add(sentenceEvery), 0
	return more, true
}

// line tells what went wrong on a connection of ours.
func (l *brokerLog) line(text string) {
	if l.tell != nil {
		l.tell(text)
	}
}

func (l *brokerLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
