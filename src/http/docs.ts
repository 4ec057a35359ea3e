/** /docs: the description of the API as one page, without scripts, fonts or anything from elsewhere. */
import { createHash } from "node:crypto";

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> }
    >
  >;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: unknown;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

const STYLE = `
:root{color-scheme:light dark;--text:#222;--page:#fff;--soft:#5a5a5a;--line:#d5d5d5;--code:#f3f3f3;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--text:#ddd;--page:#181818;--soft:#aaa;--line:#444;--code:#262626;--link:#8bf}}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:var(--text);background:var(--page)}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}a{color:var(--link)}
code{font:14px ui-monospace,monospace;background:var(--code);padding:.1rem .3rem;border-radius:.25rem;overflow-wrap:anywhere}
details{margin:.4rem 0}details>:not(summary){margin-left:1.1rem}summary{cursor:pointer}
.m{display:inline-block;width:5rem;font-weight:600}.d{color:var(--soft)}
table{border-collapse:collapse;margin:.25rem 0 1rem}td table{margin:0}
td{padding:.2rem .75rem .2rem 0;vertical-align:top;border-top:1px solid var(--line)}td td:first-child{padding-left:0}
td:first-child code{overflow-wrap:normal;white-space:nowrap}:target{outline:1px solid var(--link);outline-offset:.4rem;scroll-margin-top:3rem}
@media(max-width:40rem){tr{display:block;border-top:1px solid var(--line);padding:.2rem 0}td{display:block;border:0;padding:.1rem 0}}`;

export function docsPage(document: object): { readonly html: string; readonly policy: string } {
  const { info, paths, components } = document as {
    info: { title: string; version: string; description?: string };
    paths?: Record<string, Record<string, Operation>>;
    components?: { schemas?: Record<string, Schema> };
  };
  const operations = Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  operations.sort((one, other) => one.path.localeCompare(other.path, "en"));
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? ["Other"]))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags ?? ["Other"]).includes(tag));
    return `<h2>${escaped(tag)}</h2>${own.map(operationHtml).join("")}`;
  });
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details><summary><code>${escaped(name)}</code></summary><div id="${escaped(name)}">${fieldsHtml(schema)}</div></details>`,
  );
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)} API</title><style>${STYLE}</style></head><body>
<h1>${escaped(info.title)} API <span class="d">${escaped(info.version)}</span></h1>
${(info.description ?? "")
  .split("\n\n")
  .map((text) => `<p>${marked(text)}</p>`)
  .join("")}
<p><a href="/openapi.json">openapi.json</a></p>
${sections.join("\n")}<h2>Objects</h2>${schemas.join("\n")}</body></html>`;
  const hash = createHash("sha256").update(STYLE).digest("base64");
  return { html, policy: `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'` };
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const parameters = (operation.parameters ?? []).map(({ name, in: where, required, description, schema }) =>
    row(name, `${where}${required === true ? ", required" : ""}`, schema as Schema, description),
  );
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema }]) => `<p>Body, <code>${escaped(type)}</code>: ${typeHtml(schema as Schema)}</p>`,
  );
  const answers = Object.entries(operation.responses ?? {})
    .filter(([status]) => status.startsWith("2") || status === "409")
    .map(([status, { description = "", content }]) => {
      const schema = Object.values(content ?? {})[0]?.schema as Schema | undefined;
      return `<p>${escaped(status)}: ${escaped(description)}</p>${schema?.properties === undefined ? "" : fieldsHtml(schema)}`;
    });
  return `<details><summary><span class="m">${method}</span><code>${escaped(path)}</code> <span class="d">${escaped(operation.summary ?? "")}</span></summary>
${parameters.length === 0 ? "" : `<table>${parameters.join("")}</table>`}${bodies.join("")}${answers.join("")}</details>`;
}

const fieldsHtml = ({ properties = {}, required = [] }: Schema): string =>
  `<table>${Object.entries(properties)
    .map(([name, schema]) => row(name, required.includes(name) ? "" : "optional", schema, schema.description))
    .join("")}</table>`;

const row = (name: string, note: string, schema: Schema | undefined, description = ""): string =>
  `<tr><td><code>${escaped(name)}</code></td><td>${typeHtml(schema)}</td><td class="d">${escaped([note, description].filter(Boolean).join("; "))}</td></tr>`;

function typeHtml(schema: Schema | undefined): string {
  if (schema === undefined) return "anything";
  if (schema.$ref !== undefined) {
    const name = escaped(schema.$ref.split("/").at(-1) ?? "");
    return `<a href="#${name}"><code>${name}</code></a>`;
  }
  if (schema.const !== undefined) return `<code>${escaped(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `<code>${escaped(String(value))}</code>`).join(" or ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeHtml).join(" or ");
  if (schema.items !== undefined) return `list of ${typeHtml(schema.items)}`;
  if (schema.properties !== undefined)
    return fieldsHtml(schema) + (schema.type?.includes("null") === true ? "or null" : "");
  if (typeof schema.additionalProperties === "object") return `${typeHtml(schema.additionalProperties)} by name`;
  const { type = "anything", minimum, maximum } = schema;
  const from = minimum === undefined || maximum === undefined ? "" : ` from ${minimum} to ${maximum}`;
  return escaped([type].flat().join(" or ") + from);
}

const marked = (text: string): string => escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
