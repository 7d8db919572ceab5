package main

import "github.com/saphan-project/saphan/schemas"

// The sample: the agencies of `saphan demo` and `saphan up --sample`. All of
// them are invented.
const (
	sampleLabour      = "labour-samutsakhon"
	sampleRiverside   = "shelter-riverside"
	sampleHarbour     = "shelter-harbour"
	samplePolice      = "police-samutsakhon"
	sampleCoordinator = "coordinator-samutsakhon"
)

// sampleAgency is an agency before it has keys.
type sampleAgency struct {
	ID       string
	Register schemas.AgencyRegistered
}

func sampleAgencies() []sampleAgency {
	samutSakhon := schemas.Area{Kind: "province", Code: "TH-74"}
	bangkok := schemas.Area{Kind: "province", Code: "TH-10"}
	return []sampleAgency{
		{sampleLabour, schemas.AgencyRegistered{
			Kind: "labour_office", Name: names("Labour Office Samut Sakhon (invented)", "สำนักงานแรงงานสมุทรสาคร (สมมติ)"),
			Office: samutSakhon, Areas: []schemas.Area{samutSakhon},
		}},
		{sampleRiverside, schemas.AgencyRegistered{
			Kind: "shelter", Name: names("Riverside Shelter (invented)", "บ้านพักริมน้ำ (สมมติ)"),
			Office: samutSakhon, Areas: []schemas.Area{samutSakhon}, Services: sampleBeds(),
		}},
		{sampleHarbour, schemas.AgencyRegistered{
			Kind: "shelter", Name: names("Harbour Shelter (invented)", "บ้านพักท่าเรือ (สมมติ)"),
			Office: bangkok, Areas: []schemas.Area{bangkok, samutSakhon}, Services: sampleBeds(),
		}},
		{samplePolice, schemas.AgencyRegistered{
			Kind: "police", Name: names("Police Station Samut Sakhon (invented)", "สถานีตำรวจสมุทรสาคร (สมมติ)"),
			Office: samutSakhon, Areas: []schemas.Area{samutSakhon},
			Services: []schemas.ServiceLine{{Service: "investigation", Capacity: "capacity"}},
		}},
		{sampleCoordinator, schemas.AgencyRegistered{
			Kind: "coordinator", Name: names("Coordination Centre Samut Sakhon (invented)", "ศูนย์ประสานงานสมุทรสาคร (สมมติ)"),
			Office: samutSakhon, Areas: []schemas.Area{samutSakhon, {Kind: "unknown"}},
		}},
	}
}

func sampleBeds() []schemas.ServiceLine {
	return []schemas.ServiceLine{{
		Service: "shelter", Subtypes: []string{"children", "women"}, AgeClasses: []string{"child", "adult"},
		Languages: []string{"th", "my"}, Capacity: "capacity",
	}}
}

func names(en, th string) map[string]string { return map[string]string{"en": en, "th": th} }
