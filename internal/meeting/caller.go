package meeting

// A Caller is who asks the Service to do something: a back end with an API key, or a person. It has been authenticated.
type Caller struct {
	// Key is the id of an API key, "" for a person.
	Key string
	// Person is an identity, "" for an API key.
	Person string
	// Guest: nobody vouches for the person.
	Guest bool
	// Name is what a person is called, for the token of its join.
	Name string
}

// By returns what the audit log calls the caller.
func (c Caller) By() string {
	if c.Key != "" {
		return "key:" + c.Key
	}
	return c.Person
}

func (c Caller) owner() Owner { return Owner{Key: c.Key, Person: c.Person} }

// A Page is a part of a list.
type Page struct {
	// Cursor is Next of the page before, "" for the first.
	Cursor string
	// Limit is how many items to return, 1 to MaxPage; 0 stands for DefaultPage.
	Limit int
}

// Sizes of a Page.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// A List is a page's items.
type List[T any] struct {
	Items []T
	// Next is the cursor of the next page, "" for none.
	Next string
}
