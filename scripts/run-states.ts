/** Draws the states of a run from the one table of transitions. */
import { isTerminal, type RunTransition, runTransitions } from '../src/core/run-state.ts';

const [begin, end] = [
  '<!-- The states of a run: written by `npm run docs` from src/core/run-state.ts. -->',
  '<!-- end -->',
];

interface Arrow {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly when: string;
}

/** Puts the picture and the table where a page has the marks for them. @throws when it has none */
export function withRunStates(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end).slice(1).join(end);
  if (before === undefined || after === undefined) throw new SyntaxError(`the page has no ${begin} … ${end}`);
  return `${before}${begin}\n${section()}\n${end}${after}`;
}

function section(): string {
  const arrows = arrowsOf();
  const pairs = Map.groupBy(arrows, ({ from, to }) => `${from} --> ${to}`);
  const ends = new Set(arrows.map(({ to }) => to).filter(isTerminal));
  return [
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...[...pairs].map(([pair, those]) => `    ${pair}: ${those.map(({ name }) => name).join(', ')}`),
    ...[...ends].map((state) => `    ${state} --> [*]`),
    '```',
    '',
    '| from | change | to | when |',
    '|---|---|---|---|',
    ...arrows.map(({ name, from, to, when }) => `| ${from} | ${name} | ${to} | ${when} |`),
    '',
  ].join('\n');
}

function arrowsOf() {
  // The keys of the table are its changes.
  const names = Object.keys(runTransitions) as RunTransition[];
  return names.flatMap((name) => {
    const { from, to, when } = runTransitions[name];
    return from.map((state) => ({ name, from: state, to, when }) satisfies Arrow);
  });
}
