# What is published, built without any credential: of each image an OCI layout in build/layouts, and the files of the
# GitHub release in build/assets. releases init --service wrote this once; it is this repository's own.
set -euo pipefail

# for: images
docker buildx build {{context}} --platform linux/amd64,linux/arm64 --provenance=false \
  --output type=oci,tar=false,dest=build/layouts/{{service}}
# for: assets
cp -- {{asset}} build/assets/
