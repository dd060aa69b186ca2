import { CommanderError, Option, Command as Parser } from 'commander';
import { DliError } from '../contract/errors.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import type { Command, Given, OptionSpec } from './command.ts';
import { commonOptions } from './common-options.ts';
import { optionFlags } from './option-flags.ts';

/** A command's values, and the ones of the options that every command takes. */
export interface ParsedArguments {
  readonly given: Given;
  readonly common: Given<Readonly<Record<string, never>>, typeof commonOptions>['options'];
}

/** Parses what follows a command's name. @throws DLI-400 naming the argument and what is allowed */
export function parseArguments(
  command: Command,
  { path, argv }: { readonly path: string; readonly argv: readonly string[] },
): ParsedArguments {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, ...commonOptions };
  const parser = new Parser(path).exitOverride().helpOption(false).allowExcessArguments(false);
  parser.configureOutput({ writeErr: () => undefined }).showSuggestionAfterError(false);
  const names = Object.keys(command.args);
  for (const name of names) parser.argument(command.args[name]?.optional ? `[${name}]` : `<${name}>`);
  const options = Object.entries(specs).map(([name, spec]) => ({
    name,
    spec,
    option: new Option(optionFlags(name, spec)),
  }));
  for (const { option, spec } of options) {
    if (spec.kind === 'texts') option.argParser((text: string, before: readonly string[] = []) => [...before, text]);
    parser.addOption(option);
  }
  try {
    parser.parse([...argv], { from: 'user' });
  } catch (error) {
    throw usageError(error, { path, flags: options.flatMap(({ option }) => [option.long ?? '', option.short ?? '']) });
  }
  const values: Readonly<Record<string, unknown>> = parser.opts();
  const checked = Object.fromEntries(
    options.map(({ name, spec, option }) => [name, checkedValue(values[option.attributeName()], { name, spec, path })]),
  );
  const args = Object.fromEntries(names.map((name, index) => [name, parser.args[index]]));
  // `checkedValue` gives every option the type of its kind, which is what `Given` computes.
  return { given: { args, options: checked } as Given, common: checked as ParsedArguments['common'] };
}

interface OptionPlace {
  readonly name: string;
  readonly spec: OptionSpec;
  readonly path: string;
}

function checkedValue(value: unknown, { name, spec, path }: OptionPlace): unknown {
  switch (spec.kind) {
    case 'flag':
      return value === true;
    case 'texts':
      return value ?? [];
    case 'text':
      if (value === undefined && spec.required) throw badOption(path, `Missing option --${name} <${spec.takes}>`, []);
      return value;
    case 'integer':
      if (value === undefined) return undefined;
      if (!/^\d{1,9}$/.test(String(value)) || Number(value) < spec.min) {
        throw badOption(path, `--${name} is '${value}'`, [`Allowed: a whole number from ${spec.min} up`]);
      }
      return Number(value);
    case 'choice': {
      if (value === undefined) return undefined;
      const wanted = String(value).toLowerCase();
      const found = Object.entries(spec.choices).find(([word]) => word.toLowerCase() === wanted);
      if (found) return found[1];
      const words = Object.keys(spec.choices);
      throw badOption(path, `--${name} is '${value}'`, [
        ...didYouMean(String(value), words),
        `Allowed: ${words.join(', ')}`,
      ]);
    }
  }
}

function badOption(path: string, message: string, hints: readonly string[]): DliError {
  return new DliError('DLI-400', message, { hints: [...hints, `More: ${path} --help`] });
}

function usageError(error: unknown, { path, flags }: { readonly path: string; readonly flags: readonly string[] }) {
  if (!(error instanceof CommanderError)) return error;
  const message = error.message.replace(/^error: /, '');
  const flag = error.code === 'commander.unknownOption' ? /'(.*)'/s.exec(message)?.[1] : undefined;
  return new DliError('DLI-400', message.charAt(0).toUpperCase() + message.slice(1), {
    hints: [...(flag === undefined ? [] : didYouMean(flag, flags)), `More: ${path} --help`],
  });
}
