package sandbox

import "encoding/json"

// The steps of a verification, as verified_data names them.
const (
	stepPAN     = "pan"
	stepAadhaar = "aadhaar"
	stepGST     = "gst"
)

// The kinds of customer: the 4th letter of a PAN decides (page, "Verification methods").
const (
	typeIndividual = "individual"
	typeCompany    = "company"
)

// individualData is the page's verified_data of an individual after its PAN was submitted, in the field
// order of the example of GET.
type individualData struct {
	PANType       string   `json:"pan_type"`
	PANNumber     string   `json:"pan_number"`
	PANNameMatch  bool     `json:"pan_name_match"`
	Steps         []string `json:"completed_steps"`
	PANRegistered string   `json:"pan_registered_name"`
}

// individualAll is the same after a successful flow, in the field order of the page's sample. Of an
// Aadhaar number there are the last four digits, here as there.
type individualAll struct {
	PANType       string   `json:"pan_type"`
	PANNumber     string   `json:"pan_number"`
	PANNameMatch  bool     `json:"pan_name_match"`
	PANRegistered string   `json:"pan_registered_name"`
	Steps         []string `json:"completed_steps"`
	AadhaarName   string   `json:"aadhaar_name"`
	AadhaarBorn   string   `json:"aadhaar_dob"`
	MaskedAadhaar string   `json:"masked_aadhaar"`
	Gender        string   `json:"gender"`
	Address       string   `json:"address"`
}

// companyData is the page's verified_data of a company, which shows no PAN at all.
type companyData struct {
	PANType       string   `json:"pan_type"`
	Steps         []string `json:"completed_steps"`
	PANRegistered string   `json:"pan_registered_name"`
}

// applicant is what a customer submitted of itself: part of a session's state, never changed.
type applicant struct {
	pan      string
	born     string // an individual's, as 2006-01-02
	mismatch bool   // the name given was not the registered one
}

// verifiedData is what a session's verified_data holds; it grows with the steps and never shrinks.
func (s *session) verifiedData(st state) json.RawMessage {
	if st.kycType == "" {
		return nil
	}
	var data any
	switch who, of := registered(s.Account, st.who.pan), st.who; {
	case st.kycType == typeCompany && st.completed.IsZero():
		data = companyData{typeCompany, []string{stepPAN}, who.company}
	case st.kycType == typeCompany:
		data = companyData{typeCompany, []string{stepPAN, stepGST}, who.company}
	case st.completed.IsZero():
		data = individualData{typeIndividual, of.pan, !of.mismatch, []string{stepPAN}, who.name}
	default:
		data = individualAll{typeIndividual, of.pan, !of.mismatch, who.name, []string{stepPAN, stepAadhaar},
			who.name, of.born, who.aadhaar, who.gender, who.address}
	}
	raw, _ := json.Marshal(data) // strings, bools and lists of strings always encode
	return raw
}
