/** Lays a message out as plain text and as HTML, from the same lines, so that neither says more than the other. */
import { escapeHtml } from '../shared/html.ts';
import type { Copy, RenderContext } from '../shared/messages.ts';

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: readonly string[];
  readonly codes: readonly string[];
}

export function layOut({ subject, lines, action, code }: Copy, { firstName, signature }: RenderContext): Rendered {
  const greeting = firstName === null || firstName === '' ? 'Hello,' : `Hello ${firstName},`;
  const text = [
    greeting,
    ...lines,
    ...(action === undefined ? [] : [`${action.label}: ${action.url}`]),
    // The line by which mail programs know a signature (RFC 3676 section 4.3).
    ...(signature.length === 0 ? [] : [['-- ', ...signature].join('\n')]),
  ].join('\n\n');
  const html = [
    ...[greeting, ...lines].map((line) => `<p>${escapeHtml(line)}</p>`),
    ...(action === undefined ? [] : [`<p><a href="${escapeHtml(action.url)}">${escapeHtml(action.label)}</a></p>`]),
    ...(signature.length === 0 ? [] : [`<hr>\n<p>${signature.map(escapeHtml).join('<br>\n')}</p>`]),
  ].join('\n');
  return {
    subject,
    text,
    html,
    links: action === undefined ? [] : [action.url],
    codes: code === undefined ? [] : [code],
  };
}
