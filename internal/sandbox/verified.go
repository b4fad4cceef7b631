package sandbox

import "encoding/json"

// The page's verified_data of an individual: as PAN is submitted, and after a successful flow. Who
// someone is here does not depend on the account; nobody's data is in a sandbox.
const (
	verifiedPAN = `{"pan_type":"individual","pan_number":"ABCPE1234F","pan_name_match":true,` +
		`"completed_steps":["pan"],"pan_registered_name":"John Doe"}`
	verifiedAll = `{"pan_type":"individual","pan_number":"ABCPE1234F","pan_name_match":true,` +
		`"pan_registered_name":"John Doe","completed_steps":["pan","aadhaar"],"aadhaar_name":"John Doe",` +
		`"aadhaar_dob":"1990-01-15","masked_aadhaar":"9942","gender":"MALE",` +
		`"address":"221B Baker Street, Mumbai, Maharashtra, 400001, India"}`
)

// verifiedData is what a session's verified_data holds; it grows with the status and never shrinks.
func (st state) verifiedData() json.RawMessage {
	switch {
	case !st.completed.IsZero():
		return json.RawMessage(verifiedAll)
	case st.kycType != "":
		return json.RawMessage(verifiedPAN)
	}
	return nil
}
