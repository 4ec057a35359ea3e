/** What the doors of the sandbox share: bodies that have an end, and answers. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** LiveKit's own limit, bytes. */
const LONGEST_BODY = 10 * 1024 * 1024;

/** Null: it is longer than LiveKit reads. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function plain(response: ServerResponse, status: number, text: string, headers: object = {}): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers }).end(text);
}

/** The SDK compares this header to the letter: with a charset behind it, it loses an error's code and metadata. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
