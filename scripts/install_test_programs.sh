#!/usr/bin/env bash
# The browser tests drive Chromium through its driver; the tests of the state use a PostgreSQL and a Redis of their own.
# Install Debian's packages if they are missing; if that is not possible, warn and let those tests skip.
set -euo pipefail

missing=()
command -v chromium >/dev/null && command -v chromedriver >/dev/null || missing+=(chromium chromium-driver)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || missing+=(redis-server)
if [ "${#missing[@]}" = 0 ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    as_root=(false)
fi
echo "Installing ${missing[*]} for the tests ..."
if ! { command -v apt-get >/dev/null && "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}"; }; then
    echo "WARNING: ${missing[*]} could not be installed: the tests that need them will be skipped." \
        "Install them (Debian: apt-get install ${missing[*]}) and run make test again." >&2
fi
