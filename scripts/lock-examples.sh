#!/usr/bin/env bash
# Locks what the examples depend on. The hashes of this repository's own packages are left out: they change with every build.
set -euo pipefail
cd "$(dirname "$0")/.."
for manifest in examples/*/package.json; do
  cd "${manifest%/package.json}"
  rm -rf node_modules package-lock.json
  npm install --package-lock-only --no-audit --no-fund --silent
  node -e '
    const fs = require("fs");
    const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
    for (const entry of Object.values(lock.packages)) if (entry.resolved?.startsWith("file:")) delete entry.integrity;
    fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");
  '
  cd - >/dev/null
done
