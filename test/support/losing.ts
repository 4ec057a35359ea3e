/**
 * A road to an HTTP server on which things get lost: requests that never arrive, and answers after the deed was done. Or
 * held up, while their fate is not known yet.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type Fate =
  "arrives" | "request lost" | "answer lost" | "another's answer" | { readonly status: number; readonly body: string };

export class LosingRoad implements AsyncDisposable {
  /** Paths of the requests that were set out on, in order. */
  readonly seen: string[] = [];
  /** What came back, in order. */
  readonly answers: { readonly path: string; readonly text: string }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `ask`: how the server is asked, where it is in this process: a second way over HTTP costs more than the answer does. */
  static async to(
    target: string,
    fateOf: (path: string, body: string) => Fate | Promise<Fate>,
    ask: (url: string, request: RequestInit) => Promise<Response> = fetch,
  ): Promise<LosingRoad> {
    const server = createServer((request, response) => {
      void (async () => {
        const path = request.url ?? "";
        road.seen.push(path);
        const body = await buffer(request);
        const fate = await fateOf(path, body.toString());
        if (fate === "request lost") return void request.socket.destroy();
        if (typeof fate === "object") {
          const type = fate.body.startsWith("{") ? "application/json" : "text/html";
          return void response.writeHead(fate.status, { "content-type": type }).end(fate.body);
        }
        const headers = Object.entries(request.headers).filter(([name]) => !["host", "connection"].includes(name));
        const answer = await ask(target + path, {
          method: request.method ?? "GET",
          headers: headers as [string, string][],
          ...(body.length === 0 ? {} : { body }),
        });
        const text = await answer.text();
        road.answers.push({ path, text });
        if (fate === "answer lost") return void request.socket.destroy();
        const type = answer.headers.get("content-type") ?? "application/json";
        const given = fate === "another's answer" ? "{}" : text;
        response.writeHead(answer.status, { "content-type": type }).end(given);
      })().catch(() => request.socket.destroy());
    });
    const road = new LosingRoad(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return road;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, "close");
  }
}
