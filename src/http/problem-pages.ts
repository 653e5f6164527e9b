/** The pages under `/problems`: what each refusal means, why it happens and what to do. */
import type { Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import type { ProblemExplanation, ProblemSummary } from './document/problem-explanations.ts';
import type { AppEnv } from './env.ts';
import { page } from './pages.ts';

export function problemPage(c: HonoContext<AppEnv>, problem: ProblemExplanation): Promise<Response> {
  const { code, status, title, cause, help, reasons, example, operations } = problem;
  return page(
    c,
    `${title} – Patient Portal`,
    html`<nav class="quiet" aria-label="Where this is"><a href="/">Patient Portal</a> › <a href="/problems">Problems</a></nav>
<h1>${title}</h1>
<p><code class="label">${code}</code> <code class="label">HTTP ${status}</code></p>
<h2>Why it happens</h2>
<p>${cause}</p>
<h2>What to do</h2>
<p>${help}</p>
${reasons === undefined ? '' : reasonList(reasons)}
<h2>Example</h2>
<pre class="example"><code>${JSON.stringify(example, null, 2)}</code></pre>
<h2>Operations that give this answer</h2>
${operations.length === 0 ? html`<p>None: the request is refused before its operation is known.</p>` : operationList(operations)}`,
  );
}

function reasonList(reasons: NonNullable<ProblemExplanation['reasons']>) {
  return html`<h2>Reasons</h2>
<p>Each entry of <code>reasons</code> has one of these codes.</p>
<dl>
${reasons.map(
  ({ code, meaning }) => html`<div><dt><code>${code}</code></dt><dd>${meaning}</dd></div>
`,
)}</dl>`;
}

function operationList(operations: ProblemExplanation['operations']) {
  const items = html`<ul>
${operations.map(
  ({
    operationId,
    summary,
    href,
  }) => html`<li><a href="${href}">${summary}</a> <code class="quiet">${operationId}</code></li>
`,
)}</ul>`;
  if (operations.length <= 12) return items;
  return html`<details><summary>${operations.length} operations</summary>${items}</details>`;
}

export function problemIndexPage(c: HonoContext<AppEnv>, problems: readonly ProblemSummary[]): Promise<Response> {
  const byStatus = [...Map.groupBy(problems, ({ status }) => status)];
  return page(
    c,
    'Problems – Patient Portal',
    html`<nav class="quiet" aria-label="Where this is"><a href="/">Patient Portal</a></nav>
<h1>Problems</h1>
<p>A refusal is an RFC 9457 problem. Its <code>code</code> says which of these it is.</p>
${byStatus.map(
  ([status, list]) => html`<h2>HTTP ${status}</h2>
<dl>
${list.map(
  ({ code, title }) => html`<div><dt><a href="/problems/${code}"><code>${code}</code></a></dt><dd>${title}</dd></div>
`,
)}</dl>
`,
)}`,
  );
}
