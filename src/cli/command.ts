import type { CommandContext } from './context.ts';

/** What a value names, for the shell's completion. */
export type Named =
  | 'dataset'
  | 'run'
  | 'unfinished-run'
  | 'backfill'
  | 'unfinished-backfill'
  | 'file'
  | 'folder'
  | 'shell';

/** A positional argument. */
export interface ArgumentSpec {
  readonly summary: string;
  readonly optional?: true;
  /** @default nothing that a shell could complete */
  readonly names?: readonly Named[];
}

interface OptionBase {
  readonly summary: string;
  /** @default nothing that a shell could complete */
  readonly names?: readonly Named[];
  /** The one-letter form, without its dash. */
  readonly short?: string;
}

/**
 * An option. `flag` takes no value, `text` one, `texts` one each time it is given, `integer` a whole number from
 * `min` to `max`, `date` a calendar date, `choice` one of `choices`, in any case.
 */
export type OptionSpec =
  | (OptionBase & { readonly kind: 'flag' })
  | (OptionBase & { readonly kind: 'text' | 'texts'; readonly takes: string; readonly required?: true })
  | (OptionBase & { readonly kind: 'integer'; readonly takes: string; readonly min: number; readonly max?: number })
  | (OptionBase & { readonly kind: 'date' })
  | (OptionBase & {
      readonly kind: 'choice';
      readonly choices: Readonly<Record<string, string>>;
      readonly required?: true;
    });

type OptionValue<Spec extends OptionSpec> = Spec['kind'] extends 'flag'
  ? boolean
  : Spec['kind'] extends 'texts'
    ? readonly string[]
    : Spec['kind'] extends 'integer'
      ? number | undefined
      : Spec extends { readonly kind: 'choice'; readonly choices: Readonly<Record<string, infer Choice>> }
        ? Choice | (Spec extends { readonly required: true } ? never : undefined)
        : Spec extends { readonly required: true }
          ? string
          : string | undefined;

type ArgumentValue<Spec extends ArgumentSpec> = Spec extends { readonly optional: true } ? string | undefined : string;

/** A command's values after parsing. */
export interface Given<
  Arguments extends Readonly<Record<string, ArgumentSpec>> = Readonly<Record<string, ArgumentSpec>>,
  Options extends Readonly<Record<string, OptionSpec>> = Readonly<Record<string, OptionSpec>>,
> {
  readonly args: { readonly [Name in keyof Arguments]: ArgumentValue<Arguments[Name]> };
  readonly options: { readonly [Name in keyof Options]: OptionValue<Options[Name]> };
}

/** What a command is: its file has one of these. The one-line summary stands in `registry.ts`. */
export interface CommandSpec<
  Arguments extends Readonly<Record<string, ArgumentSpec>>,
  Options extends Readonly<Record<string, OptionSpec>>,
> {
  /** In order. */
  readonly args: Arguments;
  readonly options: Options;
  /** Paragraphs for `--help`, below the summary. */
  readonly details?: readonly string[];
  /** What follows the command's name, a line each. */
  readonly examples: readonly string[];
  /** Does it; the exit code is 0 unless another one is returned. */
  readonly run: (given: Given<Arguments, Options>, context: CommandContext) => Promise<number | undefined>;
}

/** A command as the parser and the help see it. */
export type Command = CommandSpec<Readonly<Record<string, ArgumentSpec>>, Readonly<Record<string, OptionSpec>>>;

/** Declares a command with the types of its values taken from its own declaration. */
export function defineCommand<
  const Arguments extends Readonly<Record<string, ArgumentSpec>>,
  const Options extends Readonly<Record<string, OptionSpec>>,
>(spec: CommandSpec<Arguments, Options>): Command {
  // `parse-arguments.ts` builds the values from this same declaration, so they have the types that `run` names.
  return { ...spec, run: (given, context) => spec.run(given as Given<Arguments, Options>, context) };
}
