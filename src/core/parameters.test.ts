import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DliError } from '../contract/errors.ts';
import { convertValue, type ParameterType, parameterTypes } from './parameter-values.ts';
import { checkParameters, type DeclaredParameter, requireExecutionDate } from './parameters.ts';

const declare = (name: string, type: ParameterType, rest: Partial<DeclaredParameter> = {}): DeclaredParameter => ({
  name,
  type,
  required: false,
  default: undefined,
  description: null,
  ...rest,
});

const declared = [
  declare('execution_date', 'date', { required: true }),
  declare('lookback_days', 'integer', { default: 7 }),
  declare('country', 'string'),
];

function refusal(given: Record<string, unknown>, filledIn = {}): DliError {
  try {
    checkParameters({ declared, given, filledIn });
  } catch (error) {
    if (error instanceof DliError) return error;
  }
  throw new TypeError('nothing was refused');
}

describe('converting a value', () => {
  it.each<[ParameterType, unknown, unknown]>([
    ['string', 'a', 'a'],
    ['string', '', ''],
    ['integer', '7', 7],
    ['integer', '-7', -7],
    ['integer', 7, 7],
    ['integer', '9007199254740991', 9_007_199_254_740_991],
    ['float', '0.5', 0.5],
    ['float', '.5', 0.5],
    ['float', '1e3', 1000],
    ['float', 3, 3],
    ['date', '2024-02-29', '2024-02-29'],
    ['boolean', 'true', true],
    ['boolean', false, false],
    ['list', 'a,b', ['a', 'b']],
    ['list', '["a",1,true]', ['a', 1, true]],
    ['list', '', []],
    ['list', '{"a":1}', ['{"a":1}']],
    ['list', [1, 2], [1, 2]],
  ])('%s accepts %j', (type, raw, value) => {
    expect(convertValue(type, raw)).toEqual({ ok: true, value });
  });

  it.each<[ParameterType, unknown]>([
    ['string', 7],
    ['string', true],
    ['string', 'a\0b'],
    ['string', ['a']],
    ['integer', '7.0'],
    ['integer', 7.5],
    ['integer', '0x10'],
    ['integer', ''],
    ['integer', ' 7'],
    ['integer', '1e3'],
    ['integer', '9007199254740992'],
    ['integer', 2 ** 53],
    ['integer', true],
    ['integer', Number.NaN],
    ['float', 'NaN'],
    ['float', 'Infinity'],
    ['float', '1e999'],
    ['float', ''],
    ['float', '0x1'],
    ['float', false],
    ['date', '2023-02-29'],
    ['date', 20240101],
    ['date', '2024-1-1'],
    ['boolean', 'yes'],
    ['boolean', 1],
    ['boolean', 'TRUE'],
    ['list', '[1'],
    ['list', 7],
    ['list', [[1]]],
    ['list', [null]],
    ['list', [{ a: 1 }]],
    ['list', [2 ** 60]],
    ['list', '["a\\u0000"]'],
  ])('%s refuses %j', (type, raw) => {
    expect(convertValue(type, raw).ok).toBe(false);
  });

  it('what it accepts, it accepts again unchanged', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...parameterTypes),
        fc.oneof(fc.jsonValue(), fc.string(), fc.integer()),
        (type, raw) => {
          const first = convertValue(type, raw);
          if (first.ok) expect(convertValue(type, first.value)).toEqual(first);
        },
      ),
    );
  });
});

describe('checking the parameters of a run', () => {
  it('fills in defaults and leaves an optional parameter without a value null', () => {
    expect(checkParameters({ declared, given: { execution_date: '2024-01-15' } })).toEqual({
      execution_date: '2024-01-15',
      lookback_days: 7,
      country: null,
    });
  });

  it('names every unknown parameter at once, with what is allowed', () => {
    const error = refusal({ execution_dat: '2024-01-15', x: 1 });
    expect(error.code).toBe('DLI-810');
    expect(error.problems.map(({ message }) => message)).toEqual([
      "Unknown parameter 'execution_dat': did you mean 'execution_date'?",
      "Unknown parameter 'x'",
    ]);
    expect(error.hints).toContain('  execution_date (date, required)');
    expect(error.hints).toContain('  lookback_days (integer, default 7)');
    expect(error.hints).toContain('  country (string, optional)');
  });

  it('one unknown parameter is the message', () => {
    expect(refusal({ x: 1, execution_date: '2024-01-15' }).message).toBe("Unknown parameter 'x'");
  });

  it('a required parameter that is missing, or null, is refused', () => {
    expect(refusal({}).code).toBe('DLI-811');
    expect(refusal({ execution_date: null }).message).toContain("'execution_date': expects a calendar date");
  });

  it('every wrong value is named at once', () => {
    const error = refusal({ execution_date: '2024-13-01', lookback_days: '7.5' });
    expect(error.code).toBe('DLI-812');
    expect(error.problems).toHaveLength(2);
    expect(error.message).toBe("Wrong value for parameters 'execution_date', 'lookback_days'");
  });

  it('names of the language itself are plain names', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(refusal(JSON.parse(`{"${name}": 1}`)).code).toBe('DLI-810');
      const values = checkParameters({ declared: [declare(name, 'integer')], given: JSON.parse(`{"${name}": 1}`) });
      expect(Object.entries(values)).toEqual([[name, 1]]);
    }
    expect(checkParameters({ declared: [declare('toString', 'string')], given: {} })).toEqual({ toString: null });
  });

  it('a value that the product fills in is used where it is declared', () => {
    const filledIn = { execution_date: '2024-01-15' };
    expect(checkParameters({ declared, given: {}, filledIn }).execution_date).toBe('2024-01-15');
    expect(checkParameters({ declared: [], given: {}, filledIn })).toEqual({});
  });

  it('a value that the product fills in cannot be given as well', () => {
    expect(refusal({ execution_date: '2024-01-01' }, { execution_date: '2024-01-15' }).code).toBe('DLI-812');
  });

  it('values that are more than 64 KiB of JSON together are refused, and the longest is named', () => {
    const pair = [declare('short', 'string'), declare('long', 'string')];
    const left = 65_536 - JSON.stringify({ short: 'x', long: '' }).length;
    const check = (long: string) => checkParameters({ declared: pair, given: { short: 'x', long } });
    expect(check('y'.repeat(left)).long).toHaveLength(left);
    const refused = expect.objectContaining({
      code: 'DLI-812',
      message: "The parameters are 65,537 bytes of JSON, 'long' is the longest",
      hints: expect.arrayContaining(['All values of a run together may be 65,536 bytes']),
    });
    expect(() => check('y'.repeat(left + 1))).toThrow(refused);
    expect(() => check('é'.repeat(40_000))).toThrow(expect.objectContaining({ code: 'DLI-812' }));
  });

  it('a dataset without execution_date cannot be computed by date', () => {
    expect(() => requireExecutionDate(declared, 'a')).not.toThrow();
    expect(() => requireExecutionDate([], 'a.b')).toThrow("a.b has no parameter 'execution_date'");
  });
});
