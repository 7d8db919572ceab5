package httpapi

// Routes lists the patterns of every route, for tests.
func Routes() []string {
	var all []string
	for _, rt := range routes() {
		all = append(all, rt.pattern)
	}
	return all
}
