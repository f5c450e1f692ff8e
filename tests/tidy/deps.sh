#!/bin/sh
# Installs the Debian packages named as arguments that are missing. Quiet when all is there.
set -eu
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "this is no Debian: please see to these packages yourself: $*" >&2
    exit 0
fi
missing=
for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    case "$state" in
    installed*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "need root or sudo to install:$missing" >&2
        exit 1
    }
    sudo=sudo
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}
if ! { $sudo apt-get update -qq && install; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "could not install:$missing" >&2
    exit 1
fi
