import { createContext } from '../context.ts';
import type { Io } from '../io.ts';
import { visibleLine } from '../render/visible.ts';
import { type Candidate, placeOf } from './candidates.ts';
import { lookUp } from './look-up.ts';

/** A shell that waits longer than this for names feels broken. */
const longestMs = 700;

/**
 * Answers a shell that asks what may stand at the cursor: a candidate a line, `text<TAB>summary`, or `:files` or `:folders`
 * where the shell should offer those. Whatever goes wrong, it is silent: nobody asked for an error in the middle of a line.
 */
export async function complete(words: readonly string[], io: Io): Promise<number> {
  try {
    io.stdout.write((await answer(words, io)).map((line) => `${line}\n`).join(''));
  } catch {
    // Silent, as said above.
  }
  return 0;
}

async function answer(words: readonly string[], io: Io): Promise<readonly string[]> {
  const { typed, prefix, candidates, names } = await placeOf(words);
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(longestMs)]);
  const server = async (ask: Parameters<Parameters<typeof lookUp>[2]>[0]): Promise<readonly Candidate[]> => {
    const { connect } = createContext(io, { format: undefined, server: serverOf(words) });
    return ask(await connect(), signal).catch(() => []);
  };
  const found = await Promise.all(names.map((name) => lookUp(name, typed, server)));
  const fitting = [...candidates, ...found.flat()].filter(({ text }) => text.startsWith(typed));
  const lines = fitting.map(({ text, summary = '' }) => `${prefix}${text}\t${visibleLine(summary)}`);
  const files = names.filter((name) => name === 'file' || name === 'folder').map((name) => `:${name}s`);
  return [...lines, ...files];
}

/** The server that the line names so far. */
function serverOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '--server' || word.startsWith('--server='));
  if (at === -1) return undefined;
  const [, inline] = (words[at] ?? '').split(/=(.*)/s);
  return inline ?? words.slice(at + 1).find((word) => word !== '=');
}
