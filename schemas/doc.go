// Package schemas is what may be said on the bus: the types of event and who may
// say each, their payloads, ids, the JSON Schemas with an example of each kind,
// code lists with labels, and policy tables. It decides nothing about a case.
//
// An event is a CloudEvent in structured JSON. Its bytes are written once
// (Draft, Event, Encode) and read by Decode, which is the only way in and
// refuses before it understands: duplicate names, bad UTF-8, deep nesting and
// large numbers never reach a validator. Check then holds the data against the
// schema of its type. Neither ever repeats a value of the input: a Problem is a
// pointer and a code, and Sentence puts it into words.
//
// A type is a row of the table in types.go, a payload struct in the file of its
// noun, and <noun>/<verb>.v1.json with an example that passes and one that fails
// where it says. Facts hold codes, ids and times only. What a person typed lives
// in a section (section/*.v1.json), which travels sealed. Who may receive which
// section is policy/sections.json; what may be missing from one, and is asked for
// later, is marked x-ask in its schema.
//
// The schemas explain themselves: PageOf makes a page for developers, Sentence and
// Meaning say what to do about a Problem, and Diff says what changed between two
// versions and who is affected. All three read a schema as a tree in which every
// reference is put in (expand.go).
package schemas
