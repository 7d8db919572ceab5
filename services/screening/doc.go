// Package screening works out what the operational indicators of trafficking,
// ticked by a specialist, come to, and how far an account can be relied on.
//
// In: codes of the list delphi and a profile, or how a conversation was held.
// Out: a band with the rule that fired, or a level with its reasons; both are
// codes. It decides nothing: a band is a prompt for people, and never says whether
// somebody has been trafficked. The eleven indicators of forced labour are derived
// for reading and never counted: they have no threshold.
//
// A band is kept with the version of the weights and the profile that it was
// computed with. Whose age turns out to be another is screened again.
//
// Source: ILO and European Commission, Operational Indicators of Trafficking in
// Human Beings (2009), WCMS_105023, for labour exploitation; the weights as one
// secondary source tells them. There are none here for sexual exploitation.
package screening
