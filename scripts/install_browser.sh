#!/usr/bin/env bash
# The browser tests drive Chromium through its driver. Install Debian's packages if they are missing; if that is not
# possible, warn and let those tests skip.
set -euo pipefail

if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    as_root=(false)
fi
echo "Installing chromium and chromium-driver for the browser tests ..."
if ! { command -v apt-get >/dev/null && "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
        chromium chromium-driver; }; then
    echo "WARNING: chromium and chromium-driver are missing and could not be installed: the browser tests will be" \
        "skipped. Install both (Debian: apt-get install chromium chromium-driver) and run make test again." >&2
fi
