package schemas

import "embed"

// files holds everything that is data: schemas and examples by noun, code
// lists, policy tables and the sample batch.
//
//go:embed common.json gotype.json agency access case content duplicate finding lead person referral screening status tip visit
//go:embed section codes policy example
var files embed.FS

const sectionNoun = "section"

// sectionsKey is our annotation of a type: the sections that may come with it.
const sectionsKey = "x-sections"

// schemaPath returns where a schema lies: "common", a short name of an event
// type such as "referral.accepted", or a section as in "section.offer".
func schemaPath(name string) string {
	if name == "common" {
		return "common.json"
	}
	noun, verb := SplitName(name)
	return noun + "/" + verb + version + ".json"
}

// schemaNames lists every schema.
func schemaNames() []string {
	names := []string{"common"}
	for _, t := range table {
		names = append(names, t.Name)
	}
	for _, s := range Sections() {
		names = append(names, sectionNoun+"."+s)
	}
	return names
}

// Schema returns the source of a JSON Schema: that of an event's data by the
// type's short name, as in "referral.accepted", that of a section, as in
// "section.offer", or the parts that they share, "common". It reports false when
// there is none such.
func Schema(name string) ([]byte, bool) {
	for _, known := range schemaNames() {
		if known == name {
			raw, err := files.ReadFile(schemaPath(name))
			return raw, err == nil
		}
	}
	return nil, false
}

// Example returns the sample filing: a batch in open form in which the agency
// labour-samutsakhon tells of an inspection and asks for a shelter for one
// person. All of it is invented.
func Example() []byte {
	raw, err := files.ReadFile("example/one-person.json")
	if err != nil {
		return nil
	}
	return raw
}

// ExampleOf returns the good example of a type of event, by its short name, and false
// when there is no such type. All of it is invented.
func ExampleOf(name string) (Open, bool) {
	if _, known := TypeNamed(name); !known {
		return Open{}, false
	}
	o, err := DecodeOpen(exampleOf(name), Party{})
	return o, err == nil
}

// SectionsOf returns the sections that may come with an event of a type in open
// form, by the type's short name: those that its schema lists in x-sections. None
// for an unknown type. The offer of a referral.requested is filed by the desk as
// content.shared; every other section is sealed into the event itself.
func SectionsOf(typeName string) []string {
	set, err := compiled()
	if err != nil {
		return nil
	}
	names, _ := resolve(set.documents[schemaID(typeName)], "/"+sectionsKey).([]any)
	sections := make([]string, 0, len(names))
	for _, n := range names {
		if s, ok := n.(string); ok {
			sections = append(sections, s)
		}
	}
	return sections
}
