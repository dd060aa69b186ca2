import type { OptionSpec } from './command.ts';

/** Writes an option as help and the parser do: `-p, --param <KEY=VALUE>`. */
export function optionFlags(name: string, spec: OptionSpec): string {
  const long = `${spec.short === undefined ? '' : `-${spec.short}, `}--${name}`;
  if (spec.kind === 'flag') return long;
  return `${long} <${valueWord(spec)}>`;
}

function valueWord(spec: Exclude<OptionSpec, { readonly kind: 'flag' }>): string {
  if (spec.kind === 'choice') return Object.keys(spec.choices).join('|');
  return spec.kind === 'date' ? 'YYYY-MM-DD' : spec.takes;
}
