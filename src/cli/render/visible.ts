/**
 * Text of users (SQL, specs, server answers) may hold control characters, which a terminal would obey. Everything that is
 * printed for people goes through here: C0 and C1 controls and the marks that reorder text become visible escapes.
 */
const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Makes every control character visible, line breaks too: for one cell or one line. */
export function visibleLine(text: string): string {
  return text.replace(unsafe, escapeOf);
}

/** Makes control characters visible but keeps line breaks and tabs: for text of several lines. */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(unsafe, (character) => (/[\n\t]/.test(character) ? character : escapeOf(character)));
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return shortEscapes[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
