import type { SqlToken } from './sql-tokens.ts';

// What makes an operand no whole number: types, and functions that always give a fraction.
const fractional: ReadonlySet<string> = new Set([
  'double',
  'real',
  'decimal',
  'float',
  'avg',
  'sqrt',
  'ln',
  'exp',
  'stddev',
  'variance',
  'random',
  'rand',
  'to_unixtime',
]);

/**
 * Tells whether the token at `index` is a division of two whole numbers: `whole` when both sides are certain to be
 * (numbers, counts), `no` when one is certain not to be, `unknown` for the rest; undefined when it is no division.
 */
export function isWholeDivision(tokens: readonly SqlToken[], index: number): 'whole' | 'no' | 'unknown' | undefined {
  if (tokens[index]?.text !== '/' || tokens[index]?.kind !== 'sign') return undefined;
  const sides = [operand(tokens, { index: index - 1, step: -1 }), operand(tokens, { index: index + 1, step: 1 })];
  if (sides.some(isFractional)) return 'no';
  return sides.every(isWhole) ? 'whole' : 'unknown';
}

function isFractional(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ kind, text }) => {
    return kind === 'number' ? /[.eE]/.test(text) : kind === 'word' && fractional.has(text.toLowerCase());
  });
}

function isWhole(tokens: readonly SqlToken[]): boolean {
  const [first] = tokens;
  if (first?.text.toLowerCase() === 'count' || first?.text.toLowerCase() === 'count_if') return !hasOperator(tokens);
  return tokens.length > 0 && tokens.every(({ kind }) => kind === 'number');
}

function hasOperator(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ text }, index) => ['*', '+', '-', '/'].includes(text) && tokens[index - 1]?.text !== '(');
}

/** Takes the tokens of the operand beside a division: a chain of factors, each with its parentheses. */
function operand(
  tokens: readonly SqlToken[],
  { index, step }: { readonly index: number; readonly step: 1 | -1 },
): readonly SqlToken[] {
  const taken: SqlToken[] = [];
  let depth = 0;
  for (let at = index; at >= 0 && at < tokens.length; at += step) {
    const token = tokens[at];
    if (!token) break;
    const opens = token.text === (step === 1 ? '(' : ')');
    const closes = token.text === (step === 1 ? ')' : '(');
    if (closes && depth === 0) break;
    // To the left a product belongs to the operand (a * 1.0 / b); to the right it does not (a / b * 1.0).
    const ends = step === 1 ? /^[,;+\-*/%<>=|]$/ : /^[,;+\-<>=|]$/;
    if (depth === 0 && (ends.test(token.text) || isKeyword(token))) break;
    depth += opens ? 1 : closes ? -1 : 0;
    taken.push(token);
  }
  return step === 1 ? taken : taken.toReversed();
}

function isKeyword({ kind, text }: SqlToken): boolean {
  return (
    kind === 'word' &&
    /^(select|distinct|as|from|where|and|or|not|group|order|by|having|then|else|when|case|end|over|in|is|between|like|on)$/i.test(
      text,
    )
  );
}
