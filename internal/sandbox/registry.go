package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// registrant is what the registers of the sandbox's world know of an account's customer, both as a person
// and as a company: which of them it is, the PAN that it submits decides. Everybody is fictitious.
type registrant struct {
	name    string // the person's
	pan     string
	born    string // as 2006-01-02
	gender  string
	aadhaar string // the last four digits; there never are more
	address string

	company    string
	companyPAN string
	gstin      string
}

// The PANs of the page's samples, whose registered names are not drawn.
const (
	samplePAN        = "ABCPE1234F"
	sampleCompanyPAN = "AAACA1234A"
)

// sampleRegistrant is whom the page's samples show. The page gives the company no PAN; this one is ours.
func sampleRegistrant() registrant {
	return registrant{
		name: "John Doe", pan: samplePAN, born: "1990-01-15", gender: "MALE", aadhaar: "9942",
		address: "221B Baker Street, Mumbai, Maharashtra, 400001, India",
		company: "ACME TECHNOLOGIES PVT LTD", companyPAN: sampleCompanyPAN, gstin: "27" + sampleCompanyPAN + "1Z5",
	}
}

// registered is whom a PAN belongs to: the sample's to the sample's, any other to the customer of the account.
func registered(account, pan string) registrant {
	if pan == samplePAN || pan == sampleCompanyPAN {
		return sampleRegistrant()
	}
	return registrantOf(account)
}

// registrantOf draws the customer of an account. It is the same one in every world.
func registrantOf(account string) registrant {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	first := [...]struct{ name, gender string }{
		{"Asha", "FEMALE"}, {"Bhavna", "FEMALE"}, {"Chitra", "FEMALE"}, {"Divya", "FEMALE"}, {"Esha", "FEMALE"}, {"Gauri", "FEMALE"},
		{"Arjun", "MALE"}, {"Bharat", "MALE"}, {"Chetan", "MALE"}, {"Dinesh", "MALE"}, {"Farhan", "MALE"}, {"Gopal", "MALE"},
	}
	last := [...]string{"Acharya", "Bose", "Chopra", "Desai", "Fernandes", "Gupta", "Iyer", "Joshi", "Kapoor", "Menon", "Nair", "Rao"}
	trade := [...]string{"Banyan", "Cardamom", "Indigo", "Jasmine", "Lotus", "Monsoon", "Peacock", "Saffron", "Tamarind", "Teak"}
	field := [...]string{"ANALYTICS", "FOODS", "LOGISTICS", "SOFTWARE", "TEXTILES", "TRAVELS"}
	place := [...]struct{ city, state, pin, code string }{
		{"Bengaluru", "Karnataka", "5600", "29"}, {"Chennai", "Tamil Nadu", "6000", "33"}, {"Delhi", "Delhi", "1100", "07"},
		{"Jaipur", "Rajasthan", "3020", "08"}, {"Kolkata", "West Bengal", "7000", "19"}, {"Pune", "Maharashtra", "4110", "27"},
	}
	street := [...]string{"Banyan Road", "Lake View Street", "Mango Lane", "Station Road", "Temple Street"}

	d := newDraw(0, "registry", account, 0)
	n := uint64(0)
	pick := func(of int) int { n++; return d.pick(n, of) }
	text := func(alphabet string, length int) string {
		b := make([]byte, length)
		for i := range b {
			b[i] = alphabet[pick(len(alphabet))]
		}
		return string(b)
	}
	const digits = "0123456789"

	who, surname, lives := first[pick(len(first))], last[pick(len(last))], place[pick(len(place))]
	born := time.Date(1950+pick(45), 1, 1+pick(365), 0, 0, 0, 0, time.UTC)
	r := registrant{
		name: who.name + " " + surname, gender: who.gender, born: born.Format(time.DateOnly),
		pan:     text(letters, 3) + "P" + surname[:1] + text(digits, 4) + text(letters, 1),
		aadhaar: text(digits, 4),
		address: fmt.Sprintf("%d %s, %s, %s, %s%02d, India", 1+pick(99), street[pick(len(street))], lives.city, lives.state, lives.pin, 1+pick(60)),
	}
	brand := trade[pick(len(trade))]
	r.company = strings.ToUpper(brand) + " " + field[pick(len(field))] + " PVT LTD"
	r.companyPAN = text(letters, 3) + "C" + brand[:1] + text(digits, 4) + text(letters, 1)
	r.gstin = lives.code + r.companyPAN + "1Z" + text(digits, 1)
	return r
}
