/** Run under Deno: sends what standard input orders, and prints the results. */
import { sendAll } from './channels.fixture.ts';

let order = '';
for await (const chunk of process.stdin) order += String(chunk);
console.log(JSON.stringify(await sendAll(JSON.parse(order))));
