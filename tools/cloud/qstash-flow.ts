/**
 * Flow control: messages of one key are delivered no faster than their rate, and no more of them at a time than their parallelism. The
 * others wait. Each message brings its own limits. https://upstash.com/docs/qstash/features/flowcontrol
 */
import { durationSeconds } from './qstash-message.ts';

export interface FlowControl {
  readonly key: string;
  /** Deliveries that may be under way. `undefined`: any number. */
  readonly parallelism: number | undefined;
  /** Deliveries that may begin in a period. `undefined`: any number. */
  readonly rate: number | undefined;
  readonly periodSeconds: number;
}

/** @returns `undefined` if neither header is there */
export function parseFlowControl(headers: ReadonlyMap<string, string>): FlowControl | 'invalid' | undefined {
  const key = headers.get('upstash-flow-control-key');
  const value = headers.get('upstash-flow-control-value');
  if (key === undefined && value === undefined) return undefined;
  if (key === undefined || !/^[\w.-]+$/.test(key) || value === undefined) return 'invalid';
  const given = new Map(value.split(',').map((part) => part.trim().split('=', 2) as [string, string]));
  const counts = [given.get('parallelism'), given.get('rate')];
  const period = durationSeconds(given.get('period') ?? '1s');
  const isKnown = [...given.keys()].every((name) => ['parallelism', 'rate', 'period'].includes(name));
  const isCounted = counts.every((count) => count === undefined || /^[1-9]\d*$/.test(count));
  if (!isKnown || !isCounted || counts.every((count) => count === undefined) || !period) return 'invalid';
  const [parallelism, rate] = counts.map((count) => (count === undefined ? undefined : Number(count)));
  return { key, parallelism, rate, periodSeconds: period };
}

interface Flow {
  periodStart: number;
  begun: number;
  active: number;
}

export class Flows {
  readonly #flows = new Map<string, Flow>();

  /** @returns when a message may be delivered, at `now` or later; `Infinity`: once another delivery of its key has ended */
  freeAt(control: FlowControl | undefined, now: number): number {
    const flow = control === undefined ? undefined : this.#flows.get(control.key);
    if (control === undefined || flow === undefined) return now;
    if (control.parallelism !== undefined && flow.active >= control.parallelism) return Infinity;
    const end = flow.periodStart + control.periodSeconds * 1000;
    return control.rate !== undefined && now < end && flow.begun >= control.rate ? end : now;
  }

  begin(control: FlowControl | undefined, now: number): void {
    if (control === undefined) return;
    const flow = this.#flows.get(control.key) ?? { periodStart: now, begun: 0, active: 0 };
    if (now >= flow.periodStart + control.periodSeconds * 1000) Object.assign(flow, { periodStart: now, begun: 0 });
    flow.begun += 1;
    flow.active += 1;
    this.#flows.set(control.key, flow);
  }

  end(control: FlowControl | undefined): void {
    const flow = control === undefined ? undefined : this.#flows.get(control.key);
    if (flow !== undefined) flow.active -= 1;
  }
}
