import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uuidV7 } from './uuid.ts';

const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const random = fc.uint8Array({ minLength: 16, maxLength: 16 });

it('has the version and variant bits of RFC 9562 and the time in its first 48 bits', () => {
  fc.assert(
    fc.property(instant, random, (now, bytes) => {
      const uid = uuidV7(now, bytes);
      expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(uid.replaceAll('-', '').slice(0, 12), 16)).toBe(now);
    }),
  );
});

it('gives the example of RFC 9562, appendix A.6', () => {
  const bytes = Uint8Array.from([0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  expect(uuidV7(1_645_557_742_000, bytes)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

it('sorts as text by time, whatever the random bytes are', () => {
  fc.assert(
    fc.property(instant, instant, random, random, (one, other, left, right) => {
      fc.pre(one < other);
      expect(uuidV7(one, left) < uuidV7(other, right)).toBe(true);
    }),
  );
});

it('leaves the bytes that it was given as they are', () => {
  const bytes = new Uint8Array(20).fill(0xff);
  uuidV7(0, bytes);
  expect(bytes.every((byte) => byte === 0xff)).toBe(true);
});
