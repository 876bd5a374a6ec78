package workload

// storm: everybody comes at the full hour.
var storm = Workload{
	Name:     "storm",
	Summary:  "N subscribers of a webinar who join at the same moment",
	defaults: webinar.defaults,
	plan: func(s Size) (Plan, error) {
		p := talk(s)
		p.AtOnce = true
		return p, nil
	},
}
