/**
 * Whether a text is a public key in PEM by its first line. A private key or a certificate has a public key as well, but
 * is no file to keep as one.
 */
export function isPublicKeyText(text: string): boolean {
  return text.trim().startsWith("-----BEGIN PUBLIC KEY-----");
}
