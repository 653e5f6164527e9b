/**
 * Progress of slow steps in the terminal: one line that is overwritten, or one line per step if there is no terminal.
 */

export interface Progress {
  tell(step: string): void;
  /** Clears the last step from the terminal. */
  end(): void;
}

export function createProgress(isTerminal: boolean, write: (text: string) => void): Progress {
  if (!isTerminal) return { tell: (step) => write(`${step} …\n`), end: () => {} };
  const CLEAR_LINE = '\r\u001b[2K';
  return { tell: (step) => write(`${CLEAR_LINE}  ${step} …`), end: () => write(CLEAR_LINE) };
}
