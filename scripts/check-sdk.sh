#!/usr/bin/env bash
# Says what to install when there is no .NET SDK of the version that global.json
# asks for; then the status is 1.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sed -nE 's/.*"version": *"([0-9]+\.[0-9]+)\.([0-9]+)".*/\1.\2/p' global.json)
channel=${wanted%.*}

# dotnet obeys global.json, and fails where no installed SDK fits.
if command -v dotnet >/dev/null && dotnet --version >/dev/null 2>&1; then
    exit 0
fi

if command -v dotnet >/dev/null; then
    found=$(dotnet --list-sdks | cut -d ' ' -f 1 | paste -sd ' ')
    echo "The .NET SDKs here (${found:-none}) are too old: $wanted or a later $channel is needed."
else
    echo "The .NET SDK is missing: $wanted or a later $channel is needed."
fi >&2
cat >&2 <<MESSAGE

On Debian 12, from Microsoft's package feed:
    curl -fLO https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb
    sudo dpkg -i packages-microsoft-prod.deb
    sudo apt-get update && sudo apt-get install dotnet-sdk-$channel

Anywhere, into ~/.dotnet and without root:
    curl -fL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel $channel
    export PATH=\$HOME/.dotnet:\$PATH

Or build in a container, which has it: bash exec.sh "make"
MESSAGE
exit 1
