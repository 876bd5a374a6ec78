// Package api is the HTTP API of a node, under /v1: meetings, who may enter and who is in charge, for back ends with an API key
// and for people's browsers. Its OpenAPI document is made of the Go types and served at /v1/openapi.json, readable at /docs/api.
package api
