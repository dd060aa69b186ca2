import { DliError } from '../contract/errors.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { commonOptions, helpWords } from './common-options.ts';
import { type CommandEntry, groups, registry, wordsAfter } from './registry.ts';

/** What the words of a command line ask for. `rest` has the arguments and options, wherever they stood. */
export type Asked =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly rest: readonly string[]; readonly help: boolean }
  | { readonly kind: 'help'; readonly group: string | undefined; readonly asked: boolean };

const valueOptions = new Set(
  Object.entries(commonOptions).flatMap(([name, spec]) => ['short' in spec ? `-${spec.short}` : '', `--${name}`]),
);

/** Finds the command that `argv` names. Common options may stand before it. @throws DLI-400 with what was probably meant */
export function findCommand(argv: readonly string[]): Asked {
  const { early, words } = splitEarlyOptions(argv);
  const isHelp = (word: string) => helpWords.includes(word);
  const helpAsked = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).some(isHelp);
  const [first, second] = words;
  if (first === undefined) {
    if (early.some((word) => word === '--version' || word === '-V')) return asCommand('version');
    const unknown = early.find((word) => word.startsWith('-') && !isHelp(word) && !isCommonOption(word));
    if (unknown !== undefined) throw unknownWord('option', unknown, ['--help', '--version', '--format', '--server']);
    return { kind: 'help', group: undefined, asked: helpAsked };
  }
  const entry = registry.find(({ path }) => path.every((word, index) => words[index] === word));
  const group = [`${first} ${second}`, first].find((name) => Object.hasOwn(groups, name));
  const next = group === undefined ? undefined : words[group.split(' ').length];
  if (group !== undefined && (next === undefined || next.startsWith('-')))
    return { kind: 'help', group, asked: helpAsked };
  if (entry) {
    return { kind: 'command', entry, rest: [...early, ...words.slice(entry.path.length)], help: helpAsked };
  }
  throw unknownCommand(next ?? first, group);
}

function asCommand(name: string): Asked {
  const entry = registry.find(({ path }) => path[0] === name);
  return entry ? { kind: 'command', entry, rest: [], help: false } : { kind: 'help', group: undefined, asked: true };
}

function splitEarlyOptions(argv: readonly string[]) {
  let at = 0;
  while (argv[at]?.startsWith('-')) at += valueOptions.has(argv[at] ?? '') ? 2 : 1;
  return { early: argv.slice(0, at), words: argv.slice(at) };
}

function isCommonOption(word: string): boolean {
  return valueOptions.has(word.split('=')[0] ?? '') || /^-f./.test(word);
}

function unknownWord(what: string, given: string, known: readonly string[]): DliError {
  return new DliError('DLI-400', `Unknown ${what} '${given}'`, { hints: didYouMean(given, known) });
}

function unknownCommand(given: string, group: string | undefined): DliError {
  const names = wordsAfter(group === undefined ? [] : group.split(' ')).map(({ text }) => text);
  const full = group === undefined ? 'dli' : `dli ${group}`;
  // `dli run` is most likely `dli workflow run`.
  const elsewhere = group === undefined ? registry.find(({ path }) => path[1] === given) : undefined;
  return new DliError('DLI-400', `Unknown command '${full} ${given}'`, {
    hints: [
      ...(elsewhere ? [`Did you mean 'dli ${elsewhere.path.join(' ')}'?`] : didYouMean(given, names)),
      `Commands: ${names.join(', ')}`,
      `More: ${full} --help`,
    ],
  });
}
