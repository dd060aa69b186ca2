const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Makes a UUIDv7 (RFC 9562 section 5.7) of a time in milliseconds and 16 random bytes, of which it uses the last ten. */
export function uuidV7(nowMs: number, random: Uint8Array): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, '0');
  const hex = (index: number) => hexOf[random[index] ?? 0];
  const version = hexOf[((random[6] ?? 0) & 0x0f) | 0x70];
  const variant = hexOf[((random[8] ?? 0) & 0x3f) | 0x80];
  const node = `${hex(10)}${hex(11)}${hex(12)}${hex(13)}${hex(14)}${hex(15)}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}${hex(7)}-${variant}${hex(9)}-${node}`;
}
