#!/usr/bin/env bash
# Packs the built packages as npm would publish them, into bin/packages, and checks what is in them. Their names there say no
# version: the examples name them.
set -euo pipefail
folder=$PWD/bin/packages
rm -rf "$folder"
mkdir -p "$folder"
for package in client react element; do
  name=$(cd "web/packages/$package" && npm pack --silent --pack-destination "$folder")
  mv "$folder/$name" "$folder/confab-$package.tgz"
  web/node_modules/.bin/publint --strict "$folder/confab-$package.tgz"
done
