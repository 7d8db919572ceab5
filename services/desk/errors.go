package desk

import "github.com/saphan-project/saphan/services"

// Codes of refusals that arise at the desk.
const (
	codeAmbiguous   = "ambiguous"           // Conflict: two cases have the reference, or the referral
	codeNoAddressee = "no_addressee"        // Conflict: sections for the other side, and there is none now
	codeKeys        = "keys_unknown"        // Later: no sealing key of a receiver is known yet
	codeNoCaseYet   = "no_case_yet"         // Conflict: a word about a case, and it is a tip
	codeInspection  = "inspection_waits"    // Later: an inspection that the case cites waits
	codeReceipt     = "receipt"             // Later: the hub's receipt is for something else, or not signed
	codeBusy        = "busy"                // Later: the caller did not wait for its turn
	codeSignature   = "signature"           // Unknown: a delivered event is not signed by who it names; of the gate: Unauthorized
	codeNotAsked    = "not_asked"           // Conflict: nothing waits for this answer
	codeNotScreened = "not_screened"        // Conflict: there is no screening to decide on
	codeNotEnded    = "nothing_ended"       // Conflict: there is nothing that the person could be told of
	codeDirectory   = "directory_signature" // Unknown: so is an event of the directory
)

func notVisible() *services.Error { return services.Refuse(services.Unknown, services.CodeNotVisible) }
