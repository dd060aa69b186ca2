import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBTimestampTZValue,
  DuckDBTypeId,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';

const integerTypes = new Set([DuckDBTypeId.BIGINT, DuckDBTypeId.UBIGINT, DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT]);
const timestampTypes = new Set([
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
]);

/**
 * Turns a DuckDB value into JSON: integers beyond 2^53 and decimals as text, dates and timestamps as ISO 8601 text, blobs
 * in base64, maps as a list of keys and values. What is not listed here is as DuckDB's own JSON converter has it.
 */
export const jsonSafeValue: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value === null) return null;
  if (integerTypes.has(type.typeId)) {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDateValue && !value.isFinite) return value.days < 0 ? '-infinity' : 'infinity';
  if (value instanceof DuckDBTimestampTZValue) return isoTimestamp(String(value).replace(/\+00$/, 'Z'));
  if (timestampTypes.has(type.typeId)) return isoTimestamp(String(value));
  return JsonDuckDBValueConverter(value, type, converter);
};

// DuckDB writes `2001-02-03 04:05:06`, `infinity`, and years before Christ with ` (BC)` at the end.
function isoTimestamp(text: string): string {
  return text.replace(/^(\S+-\d+-\d+) /, '$1T');
}
