/** The portal's declared operations, for tests over all of them. */

import type { Access } from '../../src/http/access.ts';
import { createApp } from '../../src/http/app.ts';
import { openApiDocument } from '../../src/http/document/document.ts';
import type { Operation } from '../../src/http/operation.ts';

export const OPERATIONS: readonly Operation[] = await createApp().operations();

/** Who may call what, keyed by `METHOD /path`. */
export const ACCESS: Readonly<Record<string, Access>> = Object.fromEntries(
  OPERATIONS.map(({ key, access }) => [key, access]),
);

export const DOCUMENT = openApiDocument(OPERATIONS, 'https://portal.example', Date.parse('2026-03-02T12:00:00Z'));
