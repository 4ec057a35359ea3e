/** Bytes as they come: their beginning looked at, without taking it away from whoever reads on. */

type Input = AsyncIterable<Uint8Array | string>;

/** The same bytes; the first chunk has at least so many, unless there are no more. */
export async function* atLeast(input: Input, least: number): AsyncGenerator<Buffer> {
  let first: Buffer | null = Buffer.alloc(0);
  for await (const chunk of input) {
    const bytes =
      typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (first === null) yield bytes;
    else {
      first = Buffer.concat([first, bytes]);
      if (first.length < least) continue;
      yield first;
      first = null;
    }
  }
  if (first !== null && first.length > 0) yield first;
}

/** The first bytes, at least so many if there are; and all of them, the first ones too. */
export async function peek(input: Input, least: number): Promise<{ start: Buffer; all: AsyncGenerator<Buffer> }> {
  const chunks = atLeast(input, least);
  const first = await chunks.next();
  const start = first.done === true ? Buffer.alloc(0) : first.value;
  return {
    start,
    all: (async function* () {
      yield start;
      yield* chunks;
    })(),
  };
}
