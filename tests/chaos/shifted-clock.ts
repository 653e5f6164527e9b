/** Loaded before the portal: shifts the clock of the process by `CLOCK_SHIFT_MS` milliseconds. */
const shift = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const Right = Date;

class Shifted extends Right {
  constructor(...parts: unknown[]) {
    if (parts.length === 0) super(Right.now() + shift);
    else super(...(parts as [number]));
  }
  static override now(): number {
    return Right.now() + shift;
  }
}

globalThis.Date = Shifted as DateConstructor;
