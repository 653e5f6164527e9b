/** Fails in the way that its argument names, like library code in a callback that nobody awaits. */
import process from 'node:process';
import { createLog } from '../../src/app/log.ts';
import { jsonSink } from '../../src/log-sink.ts';
import { endOnUncaught } from '../../src/serve/last-resort.ts';

const FAULT = Object.assign(new TypeError('somebody@example.org is not iterable'), { code: 'EFAULT' });
const fail = () => {
  throw FAULT;
};
const WAYS: Readonly<Record<string, () => void>> = {
  timer: () => void setTimeout(fail, 0),
  nextTick: () => process.nextTick(fail),
  rejection: () => void Promise.reject(FAULT),
};

endOnUncaught(createLog({ level: 'info', clock: { now: () => 0 }, sink: jsonSink }));
WAYS[process.argv[2] ?? '']?.();
setInterval(() => {}, 1_000);
