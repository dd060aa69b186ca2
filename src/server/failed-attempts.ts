/** How many different wrong tokens an address may send within how many milliseconds, and how many addresses are remembered. */
export interface AttemptLimits {
  /** @default 10 */
  readonly most?: number;
  /** @default 60000 */
  readonly windowMs?: number;
  /** @default 10000 */
  readonly addresses?: number;
}

interface Tries {
  readonly endsAt: number;
  /** The digests of what was sent. The same wrong token again is somebody's old configuration, and nobody who guesses. */
  readonly digests: ReadonlySet<string>;
}

/**
 * Counts wrong tokens by address: whoever has sent too many in a while has to wait until it is over. What is remembered is
 * bounded; when it is full, the address that was heard of longest ago is forgotten.
 */
export class FailedAttempts {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #addresses: number;
  readonly #tries = new Map<string, Tries>();

  constructor({ most = 10, windowMs = 60_000, addresses = 10_000 }: AttemptLimits = {}) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#addresses = addresses;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#tries.size;
  }

  /** How many milliseconds an address has to wait; 0 when it may try. */
  waitMs(address: string, now: number): number {
    const tries = this.#current(networkOf(address), now);
    return tries && tries.digests.size >= this.#most ? tries.endsAt - now : 0;
  }

  /** Notes a wrong token; tells whether the address has to wait from now on. */
  note(address: string, digest: Uint8Array, now: number): boolean {
    const network = networkOf(address);
    const known = this.#current(network, now);
    const digests = new Set(known?.digests).add(Buffer.from(digest).toString('base64'));
    const isFull = digests.size >= this.#most;
    this.#tries.delete(network);
    this.#tries.set(network, { endsAt: known && !isFull ? known.endsAt : now + this.#windowMs, digests });
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > this.#addresses && oldest !== undefined) this.#tries.delete(oldest);
    return isFull;
  }

  #current(network: string, now: number): Tries | undefined {
    const tries = this.#tries.get(network);
    if (!tries) return undefined;
    const left = tries.endsAt - now;
    // A clock that was set back must keep nobody out for longer.
    if (left > 0 && left <= this.#windowMs) return tries;
    this.#tries.delete(network);
    return undefined;
  }
}

/** What counts as one address: of IPv6 the first 64 bits, since whoever has one address there has all that begin with them. */
function networkOf(address: string): string {
  const v4 = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address;
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
