import { DliError } from '../contract/errors.ts';

/** The largest request body, in bytes: a spec and its SQL files fit with room to spare. A deploy holds those of a project. */
export const largestBody = 4 * 1024 * 1024;

/** What a request's body says: nothing, or an object. */
export type BodyReading = { readonly value: object | undefined } | { readonly refused: DliError };

/**
 * Reads the text of a body. What would be ignored is refused, so that nobody believes that it counted: no JSON, no object, a
 * field that the path gives (`taken`), a name that objects inherit.
 */
export function readJsonBody(
  text: string,
  { contentType, taken }: { readonly contentType: string | null; readonly taken: readonly string[] },
): BodyReading {
  if (text === '') return { value: undefined };
  if (!/^application\/json\b/i.test(contentType ?? '')) {
    return refuse('The body is not declared as JSON', ['Send Content-Type: application/json']);
  }
  const parsed = parse(text);
  if ('refused' in parsed) return parsed;
  const { value, inherited } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('The body is not a JSON object', ['Send an object, such as {"params": {}}']);
  }
  const field = inherited ? '__proto__' : taken.find((name) => Object.hasOwn(value, name));
  if (field === undefined) return { value };
  return refuse(
    `Malformed request: unknown field '${field}' in the body`,
    taken.length === 0 ? [] : [`The path gives: ${taken.join(', ')}`],
  );
}

/** A text of this many characters does not nest more deeply than what reads its values can follow. */
const shortText = 1_000;
// A name is written plainly or with escapes.
const mayNameInherited = /__proto__|\\u/;

function parse(
  text: string,
): { readonly value: unknown; readonly inherited: boolean } | { readonly refused: DliError } {
  let inherited = false;
  const note = (key: string, part: unknown) => {
    inherited ||= key === '__proto__';
    return part;
  };
  try {
    // To call for each value takes six times as long as to parse, and is what a deep nesting fails at.
    const isPlain = text.length <= shortText && !mayNameInherited.test(text);
    const value: unknown = JSON.parse(text, isPlain ? undefined : note);
    return { value, inherited };
  } catch (cause) {
    // Anything else than bad syntax is V8's stack, which the nesting has used up.
    const why = cause instanceof SyntaxError ? cause.message : 'it nests too deeply';
    return refuse(`The request body is not valid JSON: ${why}`, ['Send a JSON object'], cause);
  }
}

function refuse(message: string, hints: readonly string[], cause?: unknown): { readonly refused: DliError } {
  return { refused: new DliError('DLI-400', message, { hints, cause }) };
}

/** The error for a body of more than `largest` bytes. */
export function tooLarge(largest: number): DliError {
  return new DliError('DLI-413', `The request body has more than ${largest} bytes`, {
    hints: ['A spec with its SQL files has at most 1 MiB a file'],
  });
}
