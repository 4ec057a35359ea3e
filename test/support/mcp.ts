/** A coding agent: the SDK's own client, on the standard input and output of the program as a process. */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { Scratch } from "./cli.ts";

export interface Said {
  readonly isError: boolean;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export class Agent implements AsyncDisposable {
  readonly #client: Client;
  /** All that the program has ever answered. */
  readonly heard: string[] = [];

  private constructor(client: Client) {
    this.#client = client;
  }

  static async start(scratch: Scratch, ...args: string[]): Promise<Agent> {
    const client = new Client({ name: "test", version: "0.0.0" });
    await client.connect(new StdioClientTransport({ ...scratch.how("mcp", ...args), stderr: "ignore" }));
    return new Agent(client);
  }

  async tools(): Promise<string[]> {
    return (await this.#client.listTools()).tools.map(({ name }) => name);
  }

  /** Also what the protocol refuses comes as an answer. */
  async call(name: string, input: Record<string, unknown> = {}): Promise<Said> {
    try {
      const { content, isError = false } = await this.#client.callTool({ name, arguments: input });
      const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
      this.heard.push(text);
      return { isError, text, json: text.startsWith("{") ? JSON.parse(text) : null };
    } catch (error) {
      const text = String(error);
      this.heard.push(text);
      return { isError: true, text, json: null };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}
