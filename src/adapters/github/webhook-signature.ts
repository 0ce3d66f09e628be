/** Returns whether the bytes of a delivery are signed with one of the secrets; in constant time for each of them. */
export type IsSigned = (body: Uint8Array, signature: string) => Promise<boolean>;

/**
 * Returns what verifies the signature that GitHub sends as `X-Hub-Signature-256`.
 * @param secrets the secret, and while it is rotated the one before
 */
export async function signatureVerifier([
  first = "",
  ...others
]: readonly string[]): Promise<IsSigned> {
  const { verifyWithFallback } = await import("@octokit/webhooks-methods");
  return async (body, signature) => {
    const text = textOf(body);
    if (text === undefined || text === "" || signature === "") return false;
    return (await verifyWithFallback(first, text, signature, others)) === true;
  };
}

/** Returns the text of bytes, which has these bytes again; undefined for bytes that aren't UTF-8. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
