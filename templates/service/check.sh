# What this repository knows of its own releases: runs once they are published, and anything but exit code 0 fails the
# workflow. releases init --service wrote this once; it is this repository's own.
set -euo pipefail
