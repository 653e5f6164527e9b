/** Where mail to an address arrives: one mailbox may have many addresses. */

/** Providers that read `a.b` and `ab` as one mailbox, under any of their names. */
const DOTLESS: Readonly<Record<string, string>> = { 'gmail.com': 'gmail.com', 'googlemail.com': 'gmail.com' };

/**
 * @param email normalised
 * @returns the address without its tag (`ada+clinic@…`), to be counted by and never to be written to
 */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  const [untagged = ''] = email.slice(0, at).split('+');
  const local = untagged === '' ? email.slice(0, at) : untagged;
  const provider = DOTLESS[domain];
  return provider === undefined ? `${local}@${domain}` : `${local.replaceAll('.', '')}@${provider}`;
}
