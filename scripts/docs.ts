/** Writes docs/errors.md, docs/cli.md and the states of a run in docs/architecture.md from the code; with `--check` it only tells whether they are up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCatalogue } from '../src/contract/errors.ts';
import { cliPage } from './cli-page.ts';
import { errorTexts } from './error-texts.ts';
import { withRunStates } from './run-states.ts';

const exitCodes = [
  [0, 'done'],
  [1, 'it failed, also a run or backfill that was waited for and did not complete'],
  [2, 'wrong usage or invalid input'],
  [3, 'not found'],
  [4, 'not allowed'],
  [5, 'conflict with the present state'],
  [6, 'server, engine or warehouse not reachable'],
  [130, 'interrupted'],
] as const;

const isCheck = process.argv.includes('--check');
const architecture = 'docs/architecture.md';
const pages = {
  'docs/errors.md': errorsPage(),
  'docs/cli.md': await cliPage(),
  [architecture]: withRunStates(readOrEmpty(fileOf(architecture))),
};

for (const [name, text] of Object.entries(pages)) {
  const file = fileOf(name);
  if (!isCheck) {
    writeFileSync(file, text);
    console.log(`Wrote ${name}`);
  } else if (readOrEmpty(file) === text) console.log(`${name} is up to date`);
  else {
    console.error(`${name} is out of date: run npm run docs`);
    process.exitCode = 1;
  }
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

function errorsPage(): string {
  // The keys of the catalogue are its codes.
  const codes = Object.keys(errorCatalogue) as ErrorCode[];
  return [
    '# Errors',
    '',
    '<!-- Written by `npm run docs` from src/contract/errors.ts and scripts/error-texts.ts. -->',
    '',
    'Every error has a permanent code. On the command line it is one line on stderr, `Error [DLI-810]: …`, then indented',
    'lines that say where, what is allowed and what to do. Over HTTP it is JSON with `code`, `message`, `hints` and',
    '`problems`. The code alone decides the exit code and the HTTP status.',
    '',
    '## Exit codes',
    '',
    '| exit | meaning |',
    '|---|---|',
    ...exitCodes.map(([exit, meaning]) => `| ${exit} | ${meaning} |`),
    '',
    '## Codes',
    '',
    '| code | title | HTTP | exit | meaning | what to do |',
    '|---|---|---|---|---|---|',
    ...codes.map((code) => {
      const { title, status, exit } = errorCatalogue[code];
      const { meaning, action } = errorTexts[code];
      return `| ${code} | ${title} | ${status} | ${exit} | ${meaning} | ${action} |`;
    }),
    '',
  ].join('\n');
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
