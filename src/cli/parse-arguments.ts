import { parseArgs } from 'node:util';
import { DliError } from '../contract/errors.ts';
import { isCalendarDate } from '../core/calendar-date.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import type { Command, Given, OptionSpec } from './command.ts';
import { commonOptions } from './common-options.ts';
import { optionFlags } from './option-flags.ts';

/** A command's values, and the ones of the options that every command takes. */
export interface ParsedArguments {
  readonly given: Given;
  readonly common: Given<Readonly<Record<string, never>>, typeof commonOptions>['options'];
}

/**
 * Parses what follows a command's name, with Node's own parser: it is loaded already, where another costs every start 8 ms.
 *
 * @throws DLI-400 naming the argument and what is allowed
 */
export function parseArguments(
  command: Command,
  { path, argv }: { readonly path: string; readonly argv: readonly string[] },
): ParsedArguments {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, ...commonOptions };
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, parserOption(spec)])),
    // Not strict: a value may begin with a dash, as in `--since -7d`. The checks are below.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'option')
      values.set(token.name, [...(values.get(token.name) ?? []), givenValue(token, { specs, path })]);
  }
  const checked = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, checkedValue(values.get(name), { name, spec, path })]),
  );
  const args = givenArguments(command, { path, positionals });
  // `checkedValue` gives every option the type of its kind, which is what `Given` computes.
  return { given: { args, options: checked } as Given, common: checked as ParsedArguments['common'] };
}

function parserOption(spec: OptionSpec) {
  const type = spec.kind === 'flag' ? ('boolean' as const) : ('string' as const);
  return spec.short === undefined ? { type } : { type, short: spec.short };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

interface OptionSpecs {
  readonly specs: Readonly<Record<string, OptionSpec>>;
  readonly path: string;
}

/** The text that an option was given; a flag's is empty. */
function givenValue({ name, rawName, value }: OptionToken, { specs, path }: OptionSpecs): string {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (!spec) {
    const flags = Object.entries(specs).flatMap(([long, { short }]) => [`--${long}`, ...(short ? [`-${short}`] : [])]);
    throw badUsage(path, `Unknown option '${rawName}'`, didYouMean(rawName, flags));
  }
  if (spec.kind === 'flag') {
    if (value !== undefined) throw badUsage(path, `Option '${rawName}' takes no value, but '${value}' is given`, []);
    return '';
  }
  if (value === undefined) throw badUsage(path, `Option '${optionFlags(name, spec)}' argument missing`, []);
  return value;
}

function givenArguments(
  command: Command,
  { path, positionals }: { readonly path: string; readonly positionals: readonly string[] },
): Readonly<Record<string, string | undefined>> {
  const names = Object.keys(command.args);
  const missing = names.find((name, index) => positionals[index] === undefined && !command.args[name]?.optional);
  if (missing !== undefined) throw badUsage(path, `Missing required argument '${missing}'`, []);
  if (positionals.length > names.length) {
    const more = positionals.slice(names.length).join(' ');
    throw badUsage(path, `Too many arguments: '${more}' is not expected`, []);
  }
  const blank = names.find((_, index) => isBlank(positionals[index]));
  if (blank !== undefined) {
    const isOptional = command.args[blank]?.optional === true;
    throw badUsage(path, `Argument '${blank}' is '${positionals[names.indexOf(blank)]}'`, [notBlank(isOptional)]);
  }
  return Object.fromEntries(names.map((name, index) => [name, positionals[index]]));
}

interface OptionPlace {
  readonly name: string;
  readonly spec: OptionSpec;
  readonly path: string;
}

function checkedValue(given: readonly string[] | undefined, { name, spec, path }: OptionPlace): unknown {
  const value = given?.at(-1);
  switch (spec.kind) {
    case 'flag':
      return given !== undefined;
    case 'texts':
    case 'text': {
      if (value === undefined && spec.required) throw badUsage(path, `Missing option --${name} <${spec.takes}>`, []);
      const blank = given?.find(isBlank);
      if (blank !== undefined) throw badUsage(path, `--${name} is '${blank}'`, [notBlank(!spec.required)]);
      return spec.kind === 'text' ? value : (given ?? []);
    }
    case 'integer':
      if (value === undefined) return undefined;
      if (!isWholeNumber(value, spec)) {
        const range = spec.max === undefined ? `${spec.min} up` : `${spec.min} to ${spec.max}`;
        throw badUsage(path, `--${name} is '${value}'`, [`Allowed: a whole number from ${range}`]);
      }
      return Number(value);
    case 'date':
      if (value === undefined || isCalendarDate(value)) return value;
      throw badUsage(path, `--${name} is '${value}'`, ['Allowed: a calendar date like 2024-01-15']);
    case 'choice': {
      if (value === undefined && spec.required) {
        throw badUsage(path, `Missing option --${name}`, [`Allowed: ${Object.keys(spec.choices).join(', ')}`]);
      }
      if (value === undefined) return undefined;
      const wanted = value.toLowerCase();
      const found = Object.entries(spec.choices).find(([word]) => word.toLowerCase() === wanted);
      if (found) return found[1];
      const words = Object.keys(spec.choices);
      throw badUsage(path, `--${name} is '${value}'`, [...didYouMean(value, words), `Allowed: ${words.join(', ')}`]);
    }
  }
}

function isBlank(text: string | undefined): boolean {
  return text?.trim() === '';
}

/** A blank value is most often a variable of a shell that is not set. */
function notBlank(isOptional: boolean): string {
  return `Allowed: text that is not blank${isOptional ? '; or leave it out' : ''}`;
}

function isWholeNumber(text: string, { min, max = Number.POSITIVE_INFINITY }: { min: number; max?: number }): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;
}

function badUsage(path: string, message: string, hints: readonly string[]): DliError {
  return new DliError('DLI-400', message, { hints: [...hints, `More: ${path} --help`] });
}
