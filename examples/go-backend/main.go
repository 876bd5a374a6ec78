// Command go-backend serves a page on which people start consultations, and lets them into the node's meetings.
package main

import (
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/token"
)

func main() {
	id, secret, _ := strings.Cut(os.Getenv("CONFAB_API_KEY"), ":")
	api := &meetings.Client{Node: os.Getenv("CONFAB_NODE"), Key: token.Key{ID: id, Secret: secret}}
	server := &http.Server{Addr: os.Getenv("ADDR"), Handler: newHandler(api), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
