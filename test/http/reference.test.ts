import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { contract } from '../../src/contract/contract.ts';
import { answerChecks, type JsonSchema, readDocument } from '../api-document.ts';
import { Api } from './api.ts';

describe('the reference', () => {
  it('is an OpenAPI 3.1 document of every route, with the codes of its errors and no reference that leads nowhere', async () => {
    const response = await new Api().app.request('/openapi.json');
    const text = await response.text();
    const document = JSON.parse(text);
    expect(document.openapi).toMatch(/^3\.1\./);
    const ids = Object.values<Record<string, { operationId: string }>>(document.paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId);
    const routes = Object.entries(contract).flatMap(([noun, calls]) =>
      Object.keys(calls).map((call) => `${noun}.${call}`),
    );
    expect(ids.sort()).toEqual(routes.sort());
    expect(text).not.toContain('"$ref"');
    const answers = document.paths['/workflows/{dataset}/run'].post.responses;
    expect(answers[400].content['application/json'].schema.properties.code.enum).toContain('DLI-811');
  });

  it('is valid by the official schema of OpenAPI 3.1, and every schema in it is one', async () => {
    const document = await readDocument();
    const { valid, errors } = await new Validator().validate({ ...document });
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(() => answerChecks(document)).not.toThrow();
  });

  it('claims no empty value of a query, which is refused', async () => {
    expect(JSON.stringify(await readDocument())).not.toContain('allowEmptyValue');
    expect((await new Api().send('GET', '/workflows?limit=')).status).toBe(400);
    expect((await new Api().send('GET', '/workflows?running=')).status).toBe(400);
  });

  it('has the defaults of query parameters', async () => {
    const { paths } = await readDocument();
    const defaultOf = (path: string, method: string, name: string) =>
      paths[path]?.[method]?.parameters?.find((parameter) => parameter.name === name)?.schema.default;
    expect(defaultOf('/workflows', 'get', 'limit')).toBe(100);
    expect(defaultOf('/workflows/{dataset}/preview', 'get', 'limit')).toBe(20);
    expect(defaultOf('/workflows/{dataset}', 'delete', 'force')).toBe(false);
  });

  it('says of an event what is on the wire: text that holds the JSON', async () => {
    const { schema } =
      (await readDocument()).paths['/events']?.get?.responses[200]?.content?.['text/event-stream'] ?? {};
    expect(schema).toMatchObject({
      oneOf: [
        {
          properties: {
            data: {
              type: 'string',
              contentSchema: {
                anyOf: [{ properties: { seq: { type: 'integer' } } }, { properties: { kind: { const: 'reset' } } }],
              },
            },
          },
        },
        { properties: { event: { const: 'done' } } },
        { properties: { event: { const: 'error' } } },
      ],
    });
  });

  it('describes every field that a request or an answer has', async () => {
    const document = await readDocument();
    const bare: string[] = [];
    const walk = (schema: JsonSchema, path: string) => {
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        const described = [field, ...(field.anyOf ?? [])].some(({ description }) => description !== undefined);
        // Any JSON value has nothing to describe it by.
        if (!described && Object.keys(field).length > 0) bare.push(`${path} ${name}`);
        walk(field, `${path} ${name}`);
      }
      const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), schema.items ?? [], schema.contentSchema ?? []];
      for (const part of parts.flat()) walk(part, path);
    };
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        for (const { name, schema } of operation.parameters ?? []) walk({ properties: { [name]: schema } }, path);
        for (const { content } of [operation.requestBody ?? {}, ...Object.values(operation.responses)])
          for (const { schema } of Object.values(content ?? {})) walk(schema, path);
      }
    }
    expect(bare).toEqual([]);
  });

  it('is a page that loads nothing from elsewhere and runs no script', async () => {
    const response = await new Api().app.request('/docs');
    const page = await response.text();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(page).toContain('<code>/workflows/{dataset}/run</code>');
    expect(page).not.toMatch(/<script|src=|url\(|@import|href="(?!#|\/openapi\.json)/);
  });
});

describe('requests from elsewhere', () => {
  const send = async (method: string, headers: Record<string, string>, path = '/api/v1/version') =>
    new Api().app.request(path, { method, headers });

  it.each(['127.0.0.1:8081', 'localhost:1', '[::1]:8081', 'LOCALHOST'])('answers for its own host %s', async (host) => {
    expect((await send('GET', { host })).status).toBe(200);
  });

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:8081', '10.0.0.1'])(
    'refuses a name that was made to point here: %s',
    async (host) => {
      const response = await send('GET', { host });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'DLI-403' });
    },
  );

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:9999'])(
    'lets no page of %s change anything',
    async (origin) => {
      const headers = { host: '127.0.0.1:8081', origin };
      expect((await send('POST', headers, '/api/v1/workflows/a/run')).status).toBe(403);
      expect((await send('DELETE', headers, '/api/v1/workflows/a')).status).toBe(403);
    },
  );

  it('lets its own pages and programs change things', async () => {
    const own = { host: '127.0.0.1:8081', origin: 'http://127.0.0.1:8081' };
    expect((await send('POST', own, '/api/v1/workflows/a/run')).status).toBe(404);
    expect((await send('POST', { host: '127.0.0.1:8081' }, '/api/v1/workflows/a/run')).status).toBe(404);
  });
});
