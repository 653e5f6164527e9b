import { pathTo, requestOf } from '../links.ts';

/** What the document says before its operations. Markdown. */
export const DESCRIPTION = `
The API of a clinic’s patient portal: sign in safely, find a free time with a doctor, book it, move it, cancel it, and see
who looked at the own record.

## Getting started

1. \`${requestOf('registerPatient')}\` makes an account, and mails a link with a token. The answer is the same for an address that is known.
2. \`${requestOf('verifyEmail')}\` takes the token.
3. \`${requestOf('signIn')}\` answers with an access token and a refresh token, or asks for the second factor.
4. \`${requestOf('listDoctors')}\`, then \`${requestOf('listAvailableSlots')}\`, lead to a time.
5. \`${requestOf('bookAppointment')}\` books it. With an \`Idempotency-Key\`, sending it twice books once.

In development the mails are at \`${pathTo('listDevelopmentMails')}\`. Each operation has an example that works as it is in the demo clinic of
a first \`npm start\`; it says who sends it, and what it takes from an earlier answer. The clinic’s doctors and administrator
enrol a second factor before they reach anything else (or start it with an empty \`MFA_REQUIRED_ROLES\`).

## Authentication

- **Programs** send \`Authorization: Bearer <access token>\`. An access token lives 15 minutes; \`${requestOf('refreshTokens')}\`
  replaces both tokens. A refresh token works once: one that comes back later ends its session.
- **Browsers** sign in with \`"transport": "cookie"\`: the tokens are in cookies that scripts cannot read, and every change needs an
  \`Origin\` of ours.
- **Programs without a person** send \`X-API-Key\`, a key of \`${pathTo('listApiKeys')}\`, and reach what its scopes open.
- Where a second factor is enrolled, a sign-in answers with \`"kind": "mfa_challenge"\`; \`${requestOf('completeSignIn')}\` completes it.
- What is sensitive needs a proof no older than five minutes: \`403 step_up_required\` names the methods, and
  \`${requestOf('stepUp')}\` takes one.

## Conventions

- Instants are RFC 3339 in UTC, dates \`YYYY-MM-DD\`, wall-clock times \`HH:MM\`, zones IANA names, ids UUIDs.
- A field or parameter that an operation does not know is refused (422).
- Lists take \`limit\` and \`cursor\`; \`page.nextCursor\` and the \`Link\` header lead to the next page.
- \`_links\` of a resource are what this caller can do with it now.
- A refusal is an RFC 9457 problem. \`code\` says which; each has a page under \`${pathTo('listProblems')}\`. Some have members of their own, such as
  \`reasons\` and \`alternatives\` of \`slot_unavailable\`.
- A resource that changes has an \`ETag\`. A change sends it as \`If-Match\`, so that nobody’s change is overwritten unseen.
- An operation that another replaces goes on working. Its answers say since when it is deprecated (\`Deprecation\`, RFC 9745) and
  what to call instead (\`Link\` with \`rel="successor-version"\`).
- \`RateLimit\` says what is left. On 429 and 503 wait as many seconds as \`Retry-After\` says.
`.trim();
