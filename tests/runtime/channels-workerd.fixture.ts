/** Run under Node: a Worker sends what standard input orders. A process of its own, because workerd takes its certificates from the environment. */
import { fileURLToPath } from 'node:url';
import { createTestHarness } from 'wrangler';

let order = '';
for await (const chunk of process.stdin) order += String(chunk);
const configPath = fileURLToPath(new URL('./channels.wrangler.json', import.meta.url));
const harness = createTestHarness({ workers: [{ configPath }] });
const { url } = await harness.listen();
const reply = await fetch(url, { method: 'POST', body: order });
console.log(await reply.text());
await harness.close();
