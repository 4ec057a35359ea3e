/**
 * YAML that somebody wrote by hand → the texts in it, and where each stands. No scalar is taken for anything but text: `no` is no
 * boolean, `9:00` no number of seconds, `+12025550123` no number to count with. What a plain file does not need is refused:
 * anchors, aliases, tags, merge keys, several documents.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { messageOf, Misused } from "../../engine/errors.ts";

/** A prompt and a table of rules have room in it. */
export const MOST_BYTES = 1024 * 1024;

/** A path of keys, as in `contacts.csv`. */
export type Spot = readonly PropertyKey[];

export interface Read {
  readonly value: unknown;
  /** `spring.yaml:12:7`: the value at that path, or of the last part of it that is there. */
  readonly at: (spot: Spot) => string;
  /** The key at that path. */
  readonly atKey: (spot: Spot) => string;
}

/** Text in quotes is text; what is plain may be meant as a number, a boolean, or nothing. */
export class Plain extends String {}

/** Throws Misused with every problem, where it is. */
export function readDocument(bytes: Uint8Array, filename: string): Read {
  const lines = new LineCounter();
  const where = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${filename}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const document = parsed(decoded(bytes, filename), lines, filename);
  const { errors, contents } = document;
  const problems = errors
    .slice(0, MOST_PROBLEMS)
    .map(({ code, message, pos }) => `${where(pos[0])}: ${ERRORS[code] ?? message}`);
  if (problems.length === 0) {
    // One by one: what the reader does for it takes a minute with 40,000 keys.
    visit(document, {
      Map: (_, { items }) => {
        const seen = new Set<string>();
        for (const { key } of items) {
          if (seen.has(keyOf(key)) && problems.length < MOST_PROBLEMS)
            problems.push(`${where((key as Node).range?.[0] ?? 0)}: expected each key once, got "${keyOf(key)}" again`);
          seen.add(keyOf(key));
        }
      },
    });
    visit(document, {
      Node: (_, node) => {
        const problem = refused(node);
        if (problem !== null && problems.length < MOST_PROBLEMS)
          problems.push(`${where(node.range?.[0] ?? 0)}: ${problem}`);
      },
    });
  }
  if (problems.length === 0 && !isMap(contents))
    problems.push(
      `${filename}:1:1: expected settings such as "name: spring", got ${contents === null ? "nothing" : "something else"}`,
    );
  if (problems.length > 0) throw new Misused("campaign_file", problems, { hint: HINT });
  return {
    value: valueOf(contents),
    at: (spot) => where(offsetOf(contents, spot)),
    atKey: (spot) => where(offsetOf(contents, spot, true)),
  };
}

export const HINT = "examples/campaign.yaml shows one";
export const MOST_PROBLEMS = 20;

const ERRORS: Partial<Record<string, string>> = {
  MULTIPLE_DOCS: "expected one campaign in a file, got another document",
};

function decoded(bytes: Uint8Array, filename: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Misused("campaign_file", `${filename}: expected text in UTF-8, got something else`, { hint: HINT });
  }
}

/** No campaign is so deep; and the reader takes minutes for what is. */
const DEEP = /(?:[[{]\s*){100}|(?:[-?:][ \t]+){100}/;

function parsed(text: string, lineCounter: LineCounter, filename: string) {
  if (DEEP.test(text))
    throw new Misused("campaign_file", `${filename}: expected a campaign, got brackets within brackets`, {
      hint: HINT,
    });
  try {
    return parseDocument(text, {
      schema: "failsafe",
      resolveKnownTags: false,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "error",
      lineCounter,
    });
  } catch (error) {
    // Brackets within brackets, ten thousand deep.
    throw new Misused(
      "campaign_file",
      `${filename}: expected a campaign, got what cannot be read: ${messageOf(error)}`,
      { hint: HINT },
    );
  }
}

function refused(node: Node): string | null {
  if (isAlias(node)) return `expected a value, got an alias (*${node.source}): write it out`;
  if ("anchor" in node && node.anchor !== undefined)
    return `expected a value, got an anchor (&${node.anchor}): leave it out`;
  if (node.tag !== undefined) return `expected a value, got a tag (${node.tag}): leave it out`;
  return null;
}

const isPlain = (node: { readonly type?: string | null | undefined }): boolean => node.type === "PLAIN";

function valueOf(node: unknown): unknown {
  if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [keyOf(key), valueOf(value)]));
  if (isSeq(node)) return node.items.map(valueOf);
  if (!isScalar(node)) return new Plain("");
  const text = String(node.value);
  return isPlain(node) ? new Plain(text) : text;
}

const keyOf = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key));

function offsetOf(node: unknown, [head, ...rest]: Spot, ofKey = false): number {
  const here = (node as Node | null)?.range?.[0] ?? 0;
  if (head === undefined) return here;
  if (isSeq(node)) {
    const item = node.items[Number(head)];
    return item === undefined ? here : offsetOf(item, rest, ofKey);
  }
  const pair = isMap(node) ? node.items.find(({ key }) => keyOf(key) === head) : undefined;
  if (pair === undefined) return here;
  const isNothing = pair.value === null || (isScalar(pair.value) && pair.value.value === "");
  return isNothing || (ofKey && rest.length === 0) ? offsetOf(pair.key, []) : offsetOf(pair.value, rest, ofKey);
}
