package httpapi

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/saphan-project/saphan/schemas"
	"github.com/saphan-project/saphan/services"
)

// problemDetails is a refusal as RFC 9457 wants it. It holds codes, pointers and our
// own sentences.
type problemDetails struct {
	Type     string        `json:"type"`               // a URN: urn:saphan:problem:<kind>:<code>
	Title    string        `json:"title"`              // what its kind means
	Status   int           `json:"status"`             // of HTTP
	Detail   string        `json:"detail,omitempty"`   // what to do about it
	State    string        `json:"state,omitempty"`    // what a conflict met
	Problems []problemLine `json:"problems,omitempty"` // of the input, each
}

// problemLine is one thing wrong with the input, and what to do about it.
type problemLine struct {
	schemas.Problem
	Detail string `json:"detail"` // what to do about it
}

// codePanic is the code of a bug; its words are those of every bug.
const codePanic = "panic"

const problemPrefix = "urn:saphan:problem:"

// errNotVisible is the one answer to what is not there and to what this desk may
// not see.
var errNotVisible = services.Refuse(services.Unknown, services.CodeNotVisible)

// titles says each kind in words.
var titles = map[services.Kind]map[string]string{
	services.Invalid: {
		"en": "This cannot be filed as it is.",
		"th": "ไม่สามารถยื่นตามนี้ได้",
	},
	services.Unauthorized: {
		"en": "No desk has this token.",
		"th": "ไม่มีโต๊ะงานที่ใช้โทเค็นนี้",
	},
	services.Forbidden: {
		"en": "Your agency may not do this.",
		"th": "หน่วยงานของท่านไม่มีสิทธิ์ดำเนินการนี้",
	},
	services.Unknown: {
		"en": "There is nothing here that your agency can see.",
		"th": "ไม่มีข้อมูลที่หน่วยงานของท่านเห็นได้",
	},
	services.Conflict: {
		"en": "The case does not allow this now.",
		"th": "สถานะของเรื่องไม่อนุญาตในขณะนี้",
	},
	services.TooLarge: {
		"en": "This is too large.",
		"th": "ข้อมูลใหญ่เกินไป",
	},
	services.Later: {
		"en": "Try the same again in a moment.",
		"th": "โปรดลองอีกครั้งในอีกสักครู่",
	},
	services.Internal: {
		"en": "Something went wrong inside.",
		"th": "เกิดข้อผิดพลาดภายในระบบ",
	},
}

// problemOf words a refusal in a language. Every Unknown is the same, byte for
// byte, whatever was looked for.
func problemOf(e *services.Error, lang string) problemDetails {
	if e.Kind == services.Unknown {
		e = errNotVisible
	}
	p := problemDetails{
		Type: problemPrefix + string(e.Kind) + ":" + e.Code, Title: titles[e.Kind][lang],
		Status: e.HTTP(), State: e.State,
	}
	for _, found := range e.Problems {
		line := problemLine{found, schemas.Sentence(found, lang)}
		p.Problems = append(p.Problems, line)
		p.Detail = cmp.Or(p.Detail, line.Detail)
	}
	p.Detail = cmp.Or(p.Detail, schemas.Refusal(e.Code, lang))
	if e.Kind == services.Internal {
		p.Detail = cmp.Or(p.Detail, schemas.Refusal(codePanic, lang)) // what else is there to say
	}
	return p
}

// problemAnswer answers with a refusal, in the language of the request.
func problemAnswer(r *http.Request, e *services.Error) answer {
	p := problemOf(e, language(r))
	n := answer{status: p.Status, contentType: typeProblem, body: p}
	switch e.Kind {
	case services.Unauthorized:
		return n.with("WWW-Authenticate", `Bearer realm="saphan"`)
	case services.Later:
		return n.with("Retry-After", retryAfter)
	}
	return n
}

// language picks English or Thai, whichever the header Accept-Language likes
// better; English when it likes neither.
func language(r *http.Request) string {
	best, liking := "en", 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if tag != "en" && tag != "th" {
			continue
		}
		q := 1.0
		if _, given, ok := strings.Cut(params, "q="); ok {
			q, _ = strconv.ParseFloat(strings.TrimSpace(given), 64)
		}
		if q > liking {
			best, liking = tag, q
		}
	}
	return best
}
