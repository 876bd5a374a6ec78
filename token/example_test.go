package token_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/openconfab/confab/token"
)

func Example() {
	key := token.Key{ID: "app", Secret: strings.Repeat("use 32 random bytes ", 2)}
	signed, err := key.Sign(token.Claims{
		Identity: "patient-17",
		Room:     "consultation-42",
		Expires:  time.Now().Add(time.Hour),
		Grants:   token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true},
	})
	if err != nil {
		log.Fatal(err)
	}

	claims, err := token.Verify(signed, func(id string) (token.Key, bool) { return key, id == key.ID }, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Identity, "may join", claims.Room)
	// Output: patient-17 may join consultation-42
}
