/** Takes the SQL of a spec from where it is: in the YAML, or in files beside it. */
import type { Problem } from '../contract/errors.ts';
import type { SqlText } from './dataset-spec.ts';
import type { SpecYaml } from './spec-schema.ts';
import { refuseText, type YamlPath, type YamlSource } from './yaml-source.ts';

/** The SQL of a spec, in the order of its keys; where one has a problem, its text is empty. */
export interface SqlTexts {
  readonly query: SqlText;
  readonly pre: readonly SqlText[];
  readonly post: readonly SqlText[];
  readonly problems: readonly Problem[];
}

interface SqlReader {
  readonly yaml: SpecYaml;
  readonly source: YamlSource;
  readonly readFile: (relativePath: string) => string | undefined;
}

interface SqlKeys {
  readonly path: YamlPath;
  readonly textKey: string;
  readonly fileKey: string;
  readonly text: string | undefined;
  readonly file: string | undefined;
}

/** Reads the query and every statement; exactly one of text and file is allowed for each. */
export function readSqlTexts({ yaml, source, readFile }: SqlReader): SqlTexts {
  const problems: Problem[] = [];
  const take = (keys: SqlKeys): SqlText => {
    const taken = takeSql(keys, { source, readFile });
    if ('sql' in taken) return taken;
    problems.push(taken);
    return { sql: '', file: null, origin: { file: source.file, line: 1, indent: 0, exact: false } };
  };
  const statement =
    (list: string) =>
    ({ sql, file }: { readonly sql?: string | undefined; readonly file?: string | undefined }, index: number) =>
      take({ path: [list, index], textKey: 'sql', fileKey: 'file', text: sql, file });
  return {
    query: take({
      path: [],
      textKey: 'query_statement',
      fileKey: 'query_file',
      text: yaml.query_statement,
      file: yaml.query_file,
    }),
    pre: yaml.pre_statements.map(statement('pre_statements')),
    post: yaml.post_statements.map(statement('post_statements')),
    problems,
  };
}

/** Writes SQL as it is kept: no byte order mark, one kind of line end, nothing blank at the end. */
export function tidySql(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .trimEnd();
}

/** Says why a path is not a file of the spec's own folder; undefined when it is. */
export function filePathProblem(path: string): string | undefined {
  const inside = !path.startsWith('/') && !/^[A-Za-z]:/.test(path) && !path.includes('\\') && !path.includes('\0');
  if (inside && path.split('/').every((part) => part !== '..' && part !== '')) return undefined;
  return `File '${path}' is not inside the spec's folder: write its path relative to the spec, with / and without ..`;
}

function takeSql(
  { path, textKey, fileKey, text, file }: SqlKeys,
  { source, readFile }: Pick<SqlReader, 'source' | 'readFile'>,
): SqlText | Problem {
  if (text !== undefined && file !== undefined) {
    return {
      ...source.keyPlace([...path, fileKey]),
      message: `Both ${textKey} and ${fileKey} are given: keep one of them`,
    };
  }
  if (file !== undefined) return takeFile([...path, fileKey], file, { source, readFile });
  if (text === undefined) {
    return { ...source.place(path), message: `The SQL is missing: give exactly one of ${textKey} and ${fileKey}` };
  }
  const sql = tidySql(text);
  if (sql === '') return { ...source.place([...path, textKey]), message: `The SQL in ${textKey} is empty` };
  return { sql, file: null, origin: source.textOrigin([...path, textKey]) };
}

function takeFile(
  path: YamlPath,
  file: string,
  { source, readFile }: Pick<SqlReader, 'source' | 'readFile'>,
): SqlText | Problem {
  const place = source.place(path);
  const outside = filePathProblem(file);
  if (outside !== undefined) return { ...place, message: outside };
  const text = readFile(file);
  if (text === undefined) return { ...place, message: `SQL file '${file}' was not found beside the spec` };
  const refused = refuseText(text, file);
  if (refused) return refused;
  const sql = tidySql(text);
  if (sql === '') return { ...place, message: `SQL file '${file}' is empty` };
  return { sql, file, origin: { file, line: 1, indent: 0, exact: true } };
}
