/** One value in DER: the byte that says what it is, and its content. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tags of DER that certificates use here (X.690 §8). */
export const DER = { objectId: 0x06, utf8: 0x0c, sequence: 0x30 } as const;

/**
 * Returns the values that follow each other in bytes, down to the last byte; undefined for bytes that aren't
 * DER: a length that isn't the shortest, or more or less content than it says (X.690 §10.1).
 */
export function derValues(bytes: Uint8Array): DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at];
    const length = derLength(bytes, at + 1);
    // Tags above 30 take more bytes; no certificate has one.
    if (tag === undefined || (tag & 0x1f) === 0x1f || length === undefined) return undefined;
    const end = length.next + length.value;
    if (end > bytes.length) return undefined;
    values.push({ tag, content: bytes.subarray(length.next, end) });
    at = end;
  }
  return values;
}

/** Returns the one value that bytes consist of; undefined for others, or for another tag. */
export function derValue(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  const [value, ...others] = derValues(bytes) ?? [];
  return value?.tag === tag && others.length === 0 ? value.content : undefined;
}

/** Returns the text of bytes in UTF-8; undefined for bytes that are none. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function derLength(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { value: first, next: at + 1 };
  const count = first - 0x80;
  const digits = bytes.subarray(at + 1, at + 1 + count);
  // Three bytes say 16 MB: more than any certificate has.
  if (count < 1 || count > 3 || digits.length < count) return undefined;
  const value = digits.reduce((sum, digit) => sum * 256 + digit, 0);
  const isShortest = value >= 0x80 && digits[0] !== 0;
  return isShortest ? { value, next: at + 1 + count } : undefined;
}
