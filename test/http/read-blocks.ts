/** One block of a stream of server-sent events. */
export interface Block {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/** Reads the blocks of an answer as they come; `next` gives undefined at the end. */
export function readBlocks(response: Response): {
  readonly next: () => Promise<Block | undefined>;
  readonly cancel: () => Promise<void>;
} {
  const body = response.body ?? new ReadableStream<Uint8Array<ArrayBuffer>>();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
          return { event: field('event'), id: field('id'), data: field('data') };
        }
        const { value, done } = await reader.read();
        if (done) return undefined;
        text += value;
      }
    },
    cancel: () => reader.cancel(),
  };
}
