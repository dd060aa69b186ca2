import type { Command, Named, OptionSpec } from '../command.ts';
import { commonOptions } from '../common-options.ts';
import { registry, wordsAfter } from '../registry.ts';

/** Something that may stand at the cursor. */
export interface Candidate {
  readonly text: string;
  /** One line, for shells that show it. */
  readonly summary?: string;
}

/** What may stand at the cursor: known words, or something that has to be looked up. `prefix` is what stands before it in the same word. */
export interface Place {
  readonly typed: string;
  readonly prefix: string;
  readonly candidates: readonly Candidate[];
  readonly names: readonly Named[];
}

type Options = Readonly<Record<string, OptionSpec>>;

const helpOption: Candidate = { text: '--help', summary: 'Show help' };

/**
 * Finds what may stand in the last of `words`, which are those after `dli`. bash cuts words at `=`, so `--status`, `=`, `suc`
 * means the same as `--status suc`.
 */
export async function placeOf(words: readonly string[]): Promise<Place> {
  const joined = words.filter((word, index) => word !== '=' || index === 0);
  const isAfterEquals = words.length > 1 && words.at(-1) === '=';
  const typed = isAfterEquals ? '' : (joined.at(-1) ?? '');
  const before = isAfterEquals ? joined : joined.slice(0, -1);
  const found = await commandAt(before);
  if (!found) return wordPlace(before, typed);
  return commandPlace(found.command, { given: before.slice(found.length), typed });
}

async function commandAt(words: readonly string[]) {
  const entry = registry.find(({ path }) => path.every((word, index) => words[index] === word));
  if (!entry) return undefined;
  const { command } = await entry.load();
  return { command, length: entry.path.length };
}

function wordPlace(before: readonly string[], typed: string): Place {
  return { typed, prefix: '', candidates: typed.startsWith('-') ? [helpOption] : wordsAfter(before), names: [] };
}

function commandPlace(
  command: Command,
  { given, typed }: { readonly given: readonly string[]; readonly typed: string },
): Place {
  const options: Options = { ...command.options, ...commonOptions };
  const afterDashes = given.includes('--');
  const waiting = afterDashes ? undefined : valueOption(options, given.at(-1) ?? '');
  if (waiting) return valuePlace(waiting, { typed, prefix: '' });
  const [, flag = '', value = ''] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const inline = valueOption(options, flag);
  if (inline) return valuePlace(inline, { typed: value, prefix: `${flag}=` });
  if (typed.startsWith('-') && !afterDashes) {
    const candidates = Object.entries(options).map(([name, { summary }]) => ({ text: `--${name}`, summary }));
    return { typed, prefix: '', candidates: [...candidates, helpOption], names: [] };
  }
  const position = countArguments(options, given);
  const argument = Object.values(command.args)[position];
  return { typed, prefix: '', candidates: [], names: argument?.names ?? [] };
}

function valuePlace(spec: OptionSpec, at: { readonly typed: string; readonly prefix: string }): Place {
  const words = spec.kind === 'choice' ? Object.keys(spec.choices) : [];
  return { ...at, candidates: words.map((text) => ({ text })), names: spec.names ?? [] };
}

/** The option that `word` is, if it takes a value. */
function valueOption(options: Options, word: string): OptionSpec | undefined {
  const found = Object.entries(options).find(
    ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
  );
  return found && found[1].kind !== 'flag' ? found[1] : undefined;
}

function countArguments(options: Options, given: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] ?? '';
    if (valueOption(options, word)) index += 1;
    else if (!word.startsWith('-') || word === '-') count += 1;
  }
  return count;
}
