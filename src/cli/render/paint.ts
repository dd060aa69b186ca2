import type { Io } from '../io.ts';

/**
 * Colours for a terminal, dark or light (yellow cannot be read on white); each function gives its text back as it is where
 * colours are not wanted.
 */
export interface Paint {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly magenta: (text: string) => string;
}

/** Makes the colours for this output: only on a terminal, and not with NO_COLOR (https://no-color.org). */
export function createPaint({ isTty, env }: Pick<Io, 'isTty' | 'env'>): Paint {
  const isOn = isTty && !env.NO_COLOR && env.TERM !== 'dumb';
  const colour = (code: number) => (text: string) => (isOn && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { red: colour(31), green: colour(32), magenta: colour(35) };
}
