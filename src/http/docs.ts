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
}

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}
details{margin:.5rem 0}summary{cursor:pointer}code{font:14px ui-monospace,monospace;overflow-wrap:anywhere}
.m{display:inline-block;width:4.5rem;font-weight:600}table{border-collapse:collapse;margin:.5rem 0 1rem}
td{padding:.15rem .75rem .15rem 0;vertical-align:top}.d{color:#555}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}h2{border-color:#444}.d{color:#aaa}a{color:#8bf}}`;

export function docsPage(document: object): { readonly html: string; readonly policy: string } {
  const { info, paths, components } = document as {
    info: { title: string; version: string; description?: string };
    paths?: Record<string, Record<string, Operation>>;
    components?: { schemas?: Record<string, Schema> };
  };
  const operations = Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? ["Other"]))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags ?? ["Other"]).includes(tag));
    return `<h2>${escaped(tag)}</h2>${own.map(operationHtml).join("")}`;
  });
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary>${fieldsHtml(schema)}</details>`,
  );
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)} API</title><style>${STYLE}</style></head><body>
<h1>${escaped(info.title)} ${escaped(info.version)}</h1><p>${marked(info.description ?? "")}</p>
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
  if (typeof schema.additionalProperties === "object") return `${typeHtml(schema.additionalProperties)} by name`;
  return escaped([schema.type ?? "anything"].flat().join(" or "));
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
