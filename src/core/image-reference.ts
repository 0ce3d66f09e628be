/** An image, as every registry and every tool of registries names it. */
export interface ImageReference {
  /** The registry's host, with its port where it has one: `127.0.0.1:5000`. Empty: the tool's own default. */
  readonly host: string;
  /** The path in the registry: `acme/orders`. */
  readonly repository: string;
  /** Such as `v1.2.3`. */
  readonly tag?: string;
  /** Such as `sha256:0123...`. Where there is a tag as well, the digest decides. */
  readonly digest?: string;
}

/**
 * The first part is a host where it has a dot or a port, or is `localhost`, as for Docker:
 * https://github.com/distribution/reference/blob/main/reference.go
 */
const REFERENCE =
  /^(?:(?<host>(?:localhost|[^/:@]*\.[^/:@]*|[^/:@]+(?=:\d)|\[[0-9a-fA-F:]+\])(?::\d+)?)\/)?(?<repository>[^:@\s/](?:[^:@\s]*[^:@\s/])?)(?::(?<tag>\w[\w.-]*))?(?:@(?<digest>[a-z0-9+._-]+:[0-9a-fA-F]+))?$/;

/**
 * Returns an image from its name, e.g. `ghcr.io/acme/orders:v1` -> host `ghcr.io`, repository `acme/orders`,
 * tag `v1`.
 * @throws Error for a text that names no image, which is a bug: names are made of what was checked
 */
export function parseImageReference(text: string): ImageReference {
  const { host = "", repository, tag, digest } = REFERENCE.exec(text)?.groups ?? {};
  if (repository === undefined) throw new Error(`"${text}" names no image`);
  return {
    host,
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** Returns an image's name, from which `parseImageReference` returns the same image. */
export function formatImageReference({ host, repository, tag, digest }: ImageReference): string {
  const path = host === "" ? repository : `${host}/${repository}`;
  const tagged = tag === undefined ? path : `${path}:${tag}`;
  return digest === undefined ? tagged : `${tagged}@${digest}`;
}
