/** The revocation matrix as documentation, generated from `domain/shared/revocation.ts`. */
import { STORED_IN } from '../adapters/postgres/identity/revocation.ts';
import {
  CREDENTIALS,
  effectOf,
  MADE_WHILE_RESTRICTED,
  RECOVERY_ACTIONS,
  REVOCATION,
} from '../domain/shared/revocation.ts';

const SHOWN = { ends: 'end', others_end: 'others end', kept: '' } as const;
const words = (name: string) => name.replaceAll('_', ' ');

export function revocationTable(): string {
  const unbuilt = CREDENTIALS.filter((credential) => STORED_IN[credential] === null).map(words);
  return `# What ends with what

Generated from \`domain/shared/revocation.ts\` by \`npm run docs\` (R64). "end": all of the account's. "others end": all but what belongs
to the session in which it was done. Empty: it goes on. The portal has none of these yet: ${unbuilt.join(', ')}.

| | ${CREDENTIALS.map(words).join(' | ')} |
|---|${CREDENTIALS.map(() => '---|').join('')}
${RECOVERY_ACTIONS.map((action) => `| ${words(action)} | ${CREDENTIALS.map((credential) => SHOWN[effectOf(action, credential)]).join(' | ')} |`).join('\n')}

The mark of a known browser (\`__Host-portal-known\`) is no credential, since it opens nothing; it is void once the password or the address is
another, and kept by every action that changes neither, see [ADR 0150](adr/0150-known-browsers.md).

${RECOVERY_ACTIONS.map((action) => `- ${words(action)}: ${REVOCATION[action].why}`).join('\n')}

## What is made while a restriction of processing is in force

What a restriction (GDPR Art. 18) ends could be made again, so each kind has a rule. A refused one is answered with 409 \`processing_restricted\`
until the restriction is lifted.

| | may be made | why |
|---|---|---|
${CREDENTIALS.map((credential) => `| ${words(credential)} | ${MADE_WHILE_RESTRICTED[credential].made ? 'yes' : 'no'} | ${MADE_WHILE_RESTRICTED[credential].why} |`).join('\n')}
`;
}
