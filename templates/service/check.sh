# What this repository knows of its own releases. It runs once they are published: with the files of the release in the
# folder $RELEASES_FILES, and where one service is published, its version in $RELEASES_VERSION and its image, by digest,
# in $RELEASES_IMAGE. Anything but exit code 0 fails the workflow.
# releases init --service wrote this once; it is this repository's own.
set -euo pipefail
