/** What comes with a request: read as a whole where it is short, piece by piece where it is a file. */
import type { ReadableStream } from "node:stream/web";
import type { Context, MiddlewareHandler } from "hono";
import { HttpProblem } from "./errors.ts";

const JSON_LIMIT = 1 << 20;
/** A form is read as a whole before its file is known. */
const FORM_LIMIT = 16 << 20;
const FILE_LIMIT = 512 << 20;

interface FileBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly filename: string;
  /** Bytes; 0 when nobody knows. */
  readonly size: number;
}

const FILES =
  /^(text\/csv|application\/(x-ndjson|jsonl|octet-stream|vnd\.openxmlformats-officedocument\.spreadsheetml\.sheet))\b/i;
const FORM = /^multipart\/form-data\b/i;

const typeOf = (c: Context): string => c.req.header("content-type") ?? "";
const isFile = (c: Context): boolean => c.req.path.endsWith("/import") && FILES.test(typeOf(c));
/** With a key the whole of it is compared before anything is done. */
const isStreamed = (c: Context): boolean => isFile(c) && c.req.header("idempotency-key") === undefined;
const bodyOf = (c: Context): ReadableStream<Uint8Array> | null => c.req.raw.body as ReadableStream<Uint8Array> | null;

/** Reads what is no file, and refuses what is too long. */
export const wholeBody: MiddlewareHandler = async (c, next) => {
  // What comes with it is never read.
  if (c.req.method === "GET") return next();
  const most = isStreamed(c) ? FILE_LIMIT : isFile(c) || FORM.test(typeOf(c)) ? FORM_LIMIT : JSON_LIMIT;
  if (Number(c.req.header("content-length") ?? 0) > most) throw tooLong(most);
  if (!isStreamed(c)) {
    const chunks = await Array.fromAsync(limited(bodyOf(c), most));
    const whole = Buffer.concat(chunks);
    const { buffer, byteOffset, length } = whole;
    Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(buffer.slice(byteOffset, byteOffset + length)) });
  }
  return next();
};

/** The file of a request: its body, or the one file of its form. */
export async function fileOf(c: Context): Promise<FileBody> {
  if (isStreamed(c)) return { bytes: limited(bodyOf(c), FILE_LIMIT), filename: "upload", size: 0 };
  if (isFile(c)) {
    const whole = new Uint8Array(await c.req.arrayBuffer());
    return { bytes: limited([whole], FORM_LIMIT), filename: "upload", size: whole.length };
  }
  if (!FORM.test(typeOf(c))) {
    throw new HttpProblem(415, "content_type", "expected text/csv, or multipart/form-data with a file in it");
  }
  const form = await formOf(await c.req.arrayBuffer(), typeOf(c));
  const [file, ...others] = [...form.values()].filter((value) => typeof value !== "string");
  if (file === undefined || others.length > 0) {
    throw new HttpProblem(400, "invalid_request", "expected a form with one file in it");
  }
  return { bytes: file.stream() as unknown as AsyncIterable<Uint8Array>, filename: file.name, size: file.size };
}

async function formOf(bytes: ArrayBuffer, type: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { "content-type": type } }).formData();
  } catch {
    throw new HttpProblem(400, "invalid_request", "expected a form that can be read");
  }
}

const tooLong = (most: number): HttpProblem =>
  new HttpProblem(413, "too_long", `expected at most ${Math.round(most / (1 << 20))} MB`);

/** The bytes as they come, and an error once there are too many. */
async function* limited(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | null,
  most: number,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  let read = 0;
  for await (const chunk of body) {
    read += chunk.byteLength;
    if (read > most) throw tooLong(most);
    yield chunk;
  }
}
