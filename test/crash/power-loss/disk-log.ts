import { appendFileSync } from 'node:fs';

/* The log that `shim.c` writes: what processes did to files, and in between what clients were told. */

/** One record. A file is known by process and descriptor while it is open. */
export type DiskRecord =
  | {
      readonly kind: 'open';
      readonly file: string;
      readonly path: string;
      readonly creates: boolean;
      readonly truncates: boolean;
    }
  | { readonly kind: 'close'; readonly file: string }
  | { readonly kind: 'write'; readonly file: string; readonly at: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  | { readonly kind: 'sync-begin' | 'sync-end'; readonly file: string; readonly thread: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'told'; readonly what: unknown };

const headerBytes = 32;
const toldOp = 9;
/** O_CREAT and O_TRUNC of Linux. */
const [createFlag, truncateFlag] = [0o100, 0o1000];

/** Notes in the log that a client was told something, as JSON. */
export function noteTold(log: string, what: unknown): void {
  const text = Buffer.from(JSON.stringify(what));
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(headerBytes + text.length, 0);
  header.writeUInt32LE(toldOp, 4);
  appendFileSync(log, Buffer.concat([header, text]));
}

/** Reads a log. @throws when it is not one */
export function readDiskLog(bytes: Buffer): readonly DiskRecord[] {
  const records: DiskRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    records.push(recordOf(bytes.subarray(at, at + length)));
    at += length;
  }
  return records;
}

function recordOf(bytes: Buffer): DiskRecord {
  const op = bytes.readUInt32LE(4);
  const file = `${bytes.readInt32LE(8)}:${bytes.readInt32LE(12)}`;
  const number = Number(bytes.readBigInt64LE(16));
  const data = bytes.subarray(headerBytes);
  switch (op) {
    case 1:
      return {
        kind: 'open',
        file,
        path: data.toString(),
        creates: (number & createFlag) !== 0,
        truncates: (number & truncateFlag) !== 0,
      };
    case 2:
      return { kind: 'close', file };
    case 3:
      return { kind: 'write', file, at: number, data };
    case 4:
      return { kind: 'truncate', file, size: number };
    case 5:
      return { kind: 'sync-begin', file, thread: number };
    case 6:
      return { kind: 'sync-end', file, thread: number };
    case 7: {
      const [from = '', to = ''] = data.toString().split('\0');
      return { kind: 'rename', from, to };
    }
    case 8:
      return { kind: 'unlink', path: data.toString() };
    case toldOp:
      return { kind: 'told', what: JSON.parse(data.toString()) };
    default:
      throw new RangeError(`a record of the kind ${op}`);
  }
}
