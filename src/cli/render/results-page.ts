/** What a campaign came to → one page: nothing in it comes from elsewhere, nothing in it runs, and it prints. */
import type { Dials } from "../../domain/calls/figures.ts";
import { redactText } from "../../domain/phones/redact.ts";
import { visible } from "../../domain/text/visible.ts";
import type { Results } from "../../engine/manage/results.ts";
import { cut } from "./cells.ts";
import { asOf, type Bar, type Chart, chartsOf, factsOf } from "./charts.ts";

const STYLE = `
:root{--text:#222;--page:#fff;--soft:#666;--line:#ddd;--full:#1d6a86;--pale:#b9d6e0}
@media screen and (prefers-color-scheme:dark){:root{--text:#ddd;--page:#181818;--soft:#aaa;--line:#444;--full:#5fb3d1;--pale:#2c4f5c}}
*{box-sizing:border-box;print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.4 system-ui,sans-serif}
main{max-width:62rem;margin:auto;padding:1.5rem 1rem}
h1{margin:0;font-size:1.6rem;overflow-wrap:anywhere}h2{margin:0;font-size:1rem}p{margin:.2rem 0}
header p,figcaption p{color:var(--soft)}
section{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1.8rem 2.5rem;margin-top:1.5rem}
figure{margin:0;border-top:1px solid var(--line);padding-top:.6rem;break-inside:avoid}
svg{display:block;width:100%;height:auto;margin-top:.5rem}
text{fill:var(--text);font:11px system-ui,sans-serif}.end{text-anchor:end}.mid{text-anchor:middle;font-size:9px}
.full{fill:var(--full)}.pale{fill:var(--pale)}
@page{margin:14mm}
@media print{main{max-width:none;padding:0}section{grid-template-columns:1fr 1fr;gap:1rem 1.5rem}}
`;

export function resultsPage(results: Results): string {
  const { campaign } = results.report;
  const name = escaped(visible(redactText(cut(campaign.name, LONGEST_NAME))));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}: report</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${name}</h1>
<p>${campaign.status}, ${escaped(asOf(results))}</p>
${factsOf(results)
  .map((fact) => `<p>${escaped(fact)}</p>`)
  .join("\n")}
</header>
<section>
${chartsOf(results).map(figure).join("\n")}
</section>
</main>
</body>
</html>
`;
}

const LONGEST_NAME = 200;
/** Of a chart, in its own units: about a pixel on a screen. */
const WIDTH = 400;

const figure = (chart: Chart): string => `<figure>
<figcaption><h2>${escaped(chart.title)}</h2><p>${escaped(chart.note)}</p></figcaption>
${chart.day === undefined ? rows(chart) : columns(chart, chart.day)}
</figure>`;

const ROW = 32;
/** Columns of text, the numbers' included; more would run into them. */
const LINE = 62;

function rows({ title, bars }: Chart): string {
  const most = Math.max(...bars.map(({ n }) => n));
  return svg(title, bars.length * ROW, bars.map((bar, at) => row(bar, at * ROW, (n) => (n / most) * WIDTH)).join("\n"));
}

function row({ label, n, full = n, says = "" }: Bar, y: number, long: (n: number) => number): string {
  const numbers = [n.toLocaleString("en"), says].filter(Boolean).join(" · ");
  return `<g><title>${escaped(`${label}: ${numbers}`)}</title>
<text y="${y + 11}">${escaped(cut(label, LINE - numbers.length))}</text><text class="end" x="${WIDTH - 1}" y="${y + 11}">${escaped(numbers)}</text>
${rect("pale", 0, y + 16, long(n), 9)}${rect("full", 0, y + 16, long(full), 9)}</g>`;
}

const [TOP, HEIGHT] = [14, 110];

/** A column for each hour of the day. */
function columns({ title }: Chart, day: readonly Dials[]): string {
  const most = Math.max(...day.map(({ dials }) => dials));
  const step = WIDTH / day.length;
  const high = (n: number): number => (n / most) * HEIGHT;
  const column = ({ dials, answered }: Dials, hour: number): string => {
    const [x, middle] = [hour * step + 2, (hour + 0.5) * step];
    const bar = (kind: "full" | "pale", n: number): string => rect(kind, x, TOP + HEIGHT - high(n), step - 4, high(n));
    return `<g><title>${hour}:00: ${dials} dials, ${answered} answered</title>
${dials === 0 ? "" : label(middle, TOP + HEIGHT - high(dials) - 3, short(dials))}${bar("pale", dials)}${bar("full", answered)}
${label(middle, TOP + HEIGHT + 12, String(hour))}</g>`;
  };
  return svg(title, TOP + HEIGHT + 16, day.map(column).join("\n"));
}

/** As wide as a column has room for. */
const short = (n: number): string =>
  new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 2 }).format(n);

const svg = (title: string, height: number, content: string): string =>
  `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">\n${content}\n</svg>`;

const rect = (kind: "full" | "pale", x: number, y: number, width: number, height: number): string =>
  `<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"/>`;

const label = (x: number, y: number, text: string): string =>
  `<text class="mid" x="${round(x)}" y="${round(y)}">${escaped(text)}</text>`;

const round = (n: number): number => Math.round(n * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
