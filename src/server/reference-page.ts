import { html, raw } from 'hono/html';
import type { OpenapiDocument } from './openapi.ts';

/** A readable reference of the API, written from its OpenAPI document: one page, no script, nothing loaded from elsewhere. */
export function renderReference(document: OpenapiDocument): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({ path, method, operation: readOperation(operation) })),
  );
  return `<!doctype html>${html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${document.info.title}</title>
      <style>
        ${raw(style)}
      </style>
    </head>
    <body>
      <nav>
        <ul>
          ${operations.map(({ operation }) => html`<li><a href="#${operation.id}">${operation.summary}</a></li>`)}
        </ul>
      </nav>
      <main>
        <h1>${document.info.title} <small>${document.info.version}</small></h1>
        <p>${document.info.description ?? ''}</p>
        <p>
          All paths are below <code>${document.servers?.[0]?.url ?? ''}</code>; the same as a document for programs:
          <a href="/openapi.json">openapi.json</a>.
        </p>
        ${operations.map(renderOperation)}
      </main>
    </body>
  </html>`}`;
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  /** The least role that it needs; empty for none. */
  readonly role: string;
  readonly input: readonly Field[];
  readonly answers: readonly { readonly status: string; readonly fields: readonly Field[]; readonly codes: string }[];
}

function renderOperation({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  return html`<section id="${operation.id}">
    <h2>${operation.summary}</h2>
    <p class="route"><b>${method.toUpperCase()}</b> <code>${path}</code></p>
    <p>${operation.description}</p>
    <p>${operation.role === '' ? 'Needs no token.' : html`Needs the role <b>${operation.role}</b> where there are tokens.`}</p>
    ${operation.input.length > 0 ? html`<h3>Takes</h3>${renderFields(operation.input)}` : ''}
    ${operation.answers.map(
      ({ status, fields, codes }) =>
        html`<h3>${status}</h3>
          ${codes ? html`<p>${codes}</p>` : renderFields(fields)}`,
    )}
  </section>`;
}

function renderFields(fields: readonly Field[]) {
  return html`<table>
    ${fields.map(
      ({ name, type, required, description }) =>
        html`<tr>
          <td><code>${name}</code>${required ? '' : html` <i>optional</i>`}</td>
          <td>${type}</td>
          <td>${description}</td>
        </tr>`,
    )}
  </table>`;
}

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown): Json {
  // Every part of an OpenAPI document is an object, a list or a scalar.
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readOperation(value: unknown): Operation {
  const operation = object(value);
  const parameters = Array.isArray(operation.parameters) ? operation.parameters.map(object) : [];
  const body = schemaOf(object(operation.requestBody));
  return {
    id: text(operation.operationId),
    summary: text(operation.summary),
    description: text(operation.description),
    role: Array.isArray(operation.security) ? roleIn(object(operation.security[0])) : '',
    input: [
      ...parameters.map((parameter) =>
        fieldOf(text(parameter.name), parameter.schema, parameter.required === true, ` (${text(parameter.in)})`),
      ),
      ...fieldsOf(body),
    ],
    answers: Object.entries(object(operation.responses)).map(([status, response]) => {
      const schema = schemaOf(object(response));
      const codes = status < '400' ? '' : text(object(object(schema.properties).code).description);
      return { status, fields: fieldsOf(schema), codes };
    }),
  };
}

function roleIn({ bearer }: Json): string {
  return Array.isArray(bearer) ? text(bearer[0]) : '';
}

function schemaOf({ content }: Json): Json {
  return object(object(Object.values(object(content))[0]).schema);
}

/** The fields of an object, or of each of the objects that a value may be. */
function fieldsOf(schema: Json): readonly Field[] {
  const alternatives = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (alternatives) return alternatives.flatMap((one) => fieldsOf(object(one)));
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(object(schema.properties)).flatMap(([name, field]) => [
    fieldOf(name, field, required.includes(name)),
    // Text that holds JSON: the fields of that.
    ...fieldsOf(object(object(field).contentSchema)).map((inner) => ({ ...inner, name: `${name}.${inner.name}` })),
  ]);
}

function fieldOf(name: string, schema: unknown, required: boolean, where = ''): Field {
  return { name, type: `${typeOf(object(schema))}${where}`, required, description: descriptionOf(object(schema)) };
}

function descriptionOf(schema: Json): string {
  if (typeof schema.description === 'string') return schema.description;
  return Array.isArray(schema.anyOf)
    ? schema.anyOf
        .map((one) => text(object(one).description))
        .join(' ')
        .trim()
    : '';
}

function typeOf(schema: Json): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(' | ');
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one) => typeOf(object(one))).join(' | ');
  if (schema.type === 'array') return `list of ${typeOf(object(schema.items))}`;
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  return text(schema.type) || 'any JSON value';
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; grid-template-columns: 16rem minmax(0, 56rem); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; border-right: 1px solid #8884; font-size: .875rem; }
nav ul { list-style: none; margin: 0; padding: 1rem; }
nav a { display: block; padding: .125rem 0; color: inherit; text-decoration: none; }
nav a:hover { text-decoration: underline; }
main { padding: 1rem 2rem 6rem; }
h1 small { font-weight: normal; opacity: .6; }
section { border-top: 1px solid #8884; margin-top: 2rem; }
.route b { color: light-dark(#075, #6d9); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
td { border-bottom: 1px solid #8883; padding: .25rem .75rem .25rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 30%; } td:nth-child(2) { width: 25%; opacity: .75; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } }
`;
