/** What the terminal shows while something takes its time: one line that is written over, or a line for each step. */

export interface Progress {
  tell(step: string): void;
  /** Takes the last step off the terminal. */
  end(): void;
}

export function createProgress(isTerminal: boolean, write: (text: string) => void): Progress {
  if (!isTerminal) return { tell: (step) => write(`${step} …\n`), end: () => {} };
  const CLEAR_LINE = '\r\u001b[2K';
  return { tell: (step) => write(`${CLEAR_LINE}  ${step} …`), end: () => write(CLEAR_LINE) };
}
