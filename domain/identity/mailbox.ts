/** The mailbox of an address: one mailbox may have many addresses. */

/** Providers that read `a.b` and `ab` as one mailbox, under any of their names. */
const DOTLESS: Readonly<Record<string, string>> = { 'gmail.com': 'gmail.com', 'googlemail.com': 'gmail.com' };

/**
 * @param email normalised
 * @returns the address without its tag (`ada+clinic@…`), for counting only: mail is sent to the address as given
 */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  const [untagged = ''] = email.slice(0, at).split('+');
  const local = untagged === '' ? email.slice(0, at) : untagged;
  const provider = DOTLESS[domain];
  return provider === undefined ? `${local}@${domain}` : `${local.replaceAll('.', '')}@${provider}`;
}
