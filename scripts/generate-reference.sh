#!/usr/bin/env bash
# Writes the API references of docs/reference into a folder. The web packages have to be built.
set -euo pipefail
folder=${1:?usage: generate-reference.sh FOLDER}
mkdir -p "$folder"
node web/scripts/api-report.mjs "$folder"
go run ./internal/godoc "$folder" client e2ee media meetings server token webhook
