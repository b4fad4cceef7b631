package intake

// SameHeader says whether two names are one column's: headers are compared without case, white space, invisible characters,
// underscores, hyphens and dots.
func SameHeader(a, b string) bool { return fold(a) == fold(b) }
