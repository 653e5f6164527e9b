/** The table of what ends with what, as documentation: from its declaration in `domain/shared/revocation.ts`. */
import { STORED_IN } from '../adapters/postgres/identity/revocation.ts';
import { CREDENTIALS, effectOf, RECOVERY_ACTIONS, REVOCATION } from '../domain/shared/revocation.ts';

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
`;
}
