/** The table of events in docs/webhooks.md. */
import { WEBHOOK_EVENT_TYPES } from '../domain/webhooks/event-types.ts';

const BEGIN = '<!-- events: generated from domain/webhooks/event-types.ts by `npm run docs` -->';
const END = '<!-- end of events -->';

export function withEventTable(document: string): string {
  const [before = '', rest] = document.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error('docs/webhooks.md has no place for the events');
  const rows = Object.entries(WEBHOOK_EVENT_TYPES).map(([type, about]) => `| \`${type}\` | ${about} |`);
  return `${before}${BEGIN}\n| event | |\n|---|---|\n${rows.join('\n')}\n${END}${after}`;
}
