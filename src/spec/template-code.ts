/** The code of a template between its braces, with the text in quotes blanked out. */
export interface TemplateCode {
  /** `{{ … }}` or `{% … %}`. */
  readonly kind: 'output' | 'statement';
  readonly code: string;
  /** Where `code` begins in the template, in UTF-16 units. */
  readonly offset: number;
}

/** Takes the code out of a template. Comments and raw blocks hold none. Best effort: the template engine has its own parser. */
export function templateCode(template: string): readonly TemplateCode[] {
  const comment = /\{#[\s\S]*?#\}|\{%-?\s*raw\s*-?%\}[\s\S]*?\{%-?\s*endraw\s*-?%\}/g;
  const visible = template.replace(comment, (part) => blank(part));
  return [...visible.matchAll(/\{\{([\s\S]*?)\}\}|\{%([\s\S]*?)%\}/g)].map((match) => ({
    kind: match[1] === undefined ? 'statement' : 'output',
    code: (match[1] ?? match[2] ?? '').replace(/'[^']*'|"[^"]*"/g, (text) => `''${blank(text.slice(2))}`),
    offset: match.index + 2,
  }));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
