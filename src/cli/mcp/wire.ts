/** Standard input and output as MCP uses them. What the protocol itself says of a request repeats it: without its numbers. */
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { redacted } from "./redacted.ts";

export class Wire extends StdioServerTransport {
  readonly #closed = Promise.withResolvers<void>();

  /** Resolves once nobody writes or reads any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  override send(message: JSONRPCMessage): Promise<void> {
    return super.send(withoutNumbers(message));
  }

  override async close(): Promise<void> {
    await super.close();
    this.#closed.resolve();
  }
}

function withoutNumbers(message: JSONRPCMessage): JSONRPCMessage {
  if ("error" in message) return { ...message, error: redacted(message.error) as typeof message.error };
  if (!("result" in message) || message.result["isError"] !== true) return message;
  return { ...message, result: redacted(message.result) as typeof message.result };
}
