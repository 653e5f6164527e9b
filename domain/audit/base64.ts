/** Standard base64 with padding (RFC 4648 section 4), the encoding of signed notes. Each sequence of bytes has exactly one encoding. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const FORM = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const triple = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = Math.min(bytes.length - i, 3) + 1;
    for (let d = 0; d < 4; d++) text += d < digits ? ALPHABET.charAt((triple >> (18 - 6 * d)) & 63) : '=';
  }
  return text;
}

/** @returns undefined unless the text is exactly what {@link toBase64} gives for some bytes */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!FORM.test(text)) return undefined;
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let next = 0;
  for (const digit of digits) {
    pending = ((pending << 6) | ALPHABET.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[next++] = (pending >> bits) & 0xff;
    }
  }
  // Unused bits must be zero; otherwise two texts would decode to the same bytes.
  return (pending & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
