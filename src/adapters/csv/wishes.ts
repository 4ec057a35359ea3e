/** What looks like a wish not to be called, in the name of a column or in a cell: nobody may read past it in silence. */
import data from "./data/wishes.json" with { type: "json" };
import { copyOf } from "./lines.ts";

/** Words without marks and case, one space around each. */
const plain = (text: string): string => {
  if (WORDS.test(text)) return ` ${text.toLowerCase()} `;
  const bare = ASCII.test(text) ? text : text.normalize("NFKD").replaceAll(/\p{M}+/gu, "");
  return ` ${bare
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()} `;
};
const ASCII = /^[ -~]*$/;
/** What most cells are. */
const WORDS = /^[A-Za-z0-9]+(?: [A-Za-z0-9]+)*$/;

/** Written without spaces between words. */
const DENSE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/u;

/** Any of the phrases, whose words may also stand together. */
function anyOf(tables: readonly Readonly<Record<string, readonly string[]>>[]): string {
  const phrases = tables.flatMap((table) => Object.values(table).flat());
  const spaced = phrases
    .filter((phrase) => !DENSE.test(phrase))
    .map((phrase) => plain(phrase).trim().replaceAll(" ", " ?") + (phrase.endsWith("*") ? "\\p{L}*" : ""));
  const dense = phrases
    .filter((phrase) => DENSE.test(phrase))
    .map((phrase) => plain(phrase).trim().replaceAll(" ", " ?"));
  return `(?: (?:${spaced.join("|")})(?= )${dense.map((phrase) => `|${phrase}`).join("")})`;
}

const SAID = new RegExp(anyOf([data.said]), "u");
const NAMED = new RegExp(anyOf([data.whole, data.named]), "u");
/** Behind it may stand since when. */
const WHOLE = new RegExp(
  `^${anyOf([data.whole, data.alone])}(?: (?:on|since|from|am|vom|seit|le|du|el|desde|del|\\p{N}+))* $`,
  "u",
);

const CALL = "(?:call|phone|telephone|dial|ring|contact|solicit|disturb)";
/** Further names of columns, which programs give. */
const NAMES = new RegExp(
  [
    `\\b(?:do not|don t|dont|never|no|not|stop)(?: allow| be)? ?${CALL}`,
    "\\b(?:do not|don t|dont|no) (?:allow |bulk |send |be )*(?:e ?mails?|mails?|fax|faxes|sms|texts?|post|letters?)\\b",
    "\\bopt(?:s|ed)? ?out|\\bunsubscri|\\bsuppress|\\bexclu(?:de|sion)|\\bc?tps\\b|\\brobinson|sperre\\b",
    "\\b(?:call|phone|contact|telephone)s? (?:preference|restriction)",
  ].join("|"),
);

/** The other way round: whom one may call. */
const MAY = new RegExp(
  [
    "\\b(?:ok|okay|may|can|allow\\w*|permi\\w+|agree\\w*|right) (?:to |be |us to )?(?:phone |voice )?(?:call|phone|telephone|contact)",
    "\\b(?:ok|okay|may|can|good|safe) ?(?:2|to) ?(?:call|phone|telephone|contact|dial)\\b",
    "\\b(?:call|phone|contact|telephone)s? (?:ok|allowed|permitted|permission|consent)|\\bcontactab|\\bcallable\\b",
    "\\bopt(?:s|ed)? ?in\\b|\\b(?:marketing|telemarketing|gdpr|dsgvo|rgpd) (?:consent|permission|einwilligung|consentement)\\b",
    "\\bconsent (?:to|for|of) (?:be )?(?:receive )?(?:phone |voice |marketing |tele)*(?:call|phone|contact|marketing)",
    "\\b(?:anruf|anrufe|anrufen|telefon|kontakt|werbung) (?:erlaubt|ok|gestattet|zulassig)\\b|\\b(?:telefon|werbe|anruf) ?(?:einwilligung|erlaubnis)",
    "\\b(?:einwilligung|erlaubnis) (?:zu |fur |zur )?(?:telefon|anruf|werb|kontakt)",
    "\\b(?:accepte|autorise|accord|consentement) (?:les |aux |d |etre |pour )*(?:appel|demarchage|telephon|prospection)",
    "\\b(?:acepta|permite|autoriza|consiente) (?:las )?(?:llamadas|contacto)|\\b(?:accetta|consenso) (?:le |alle )?(?:chiamate|telefon|marketing)",
    "\\b(?:aceita|autoriza|permite) (?:ligacoes|contato|contacto)|\\bmag gebeld|\\btoestemming (?:bellen|telefon)|\\bzgoda (?:na )?(?:telefon|kontakt|marketing)",
    "согласие на (?:звон|обзвон|связь|реклам)",
  ].join("|"),
  "u",
);

/** `Call?`: whether to. Without the mark it may be when, or how it went. */
const ASKED = /^\s*(?:call|contact|dial|ring)(?: (?:him|her|them))?\s*\?+\s*$/i;

/** Mails, messages and faxes are other channels; a name that also speaks of calls is about calls. */
const OTHER_CHANNEL =
  /\b(?:e ?mails?|mails?|mailing|bulk|sms|text|texts|fax|faxes|faxen|newsletters?|post|postal|letters?|whatsapp)\b/;
const OF_CALLS =
  /\b(?:calls?|phone|telephone|voice|dial|all (?:channels?|communications?|contacts?)|telefon\w*|anrufe?\w*|appels?|llamadas?|chiamate)\b/;

/** `never`: looks like a wish not to be called; `may`: says who may be; `other`: is about another channel; null: none of it. */
export function wishInName(header: string): "never" | "may" | "other" | null {
  const name = plain(header.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " "));
  const never = NAMES.test(name) || [SAID, NAMED, WHOLE].some((pattern) => pattern.test(name));
  if (!never && !MAY.test(name) && !ASKED.test(header)) return null;
  return OTHER_CHANNEL.test(name) && !OF_CALLS.test(name) ? "other" : never ? "never" : "may";
}

/** Cells that come again and again, such as cities and statuses, are looked at once. */
const KNOWN_CELLS = 20_000;
const known = new Map<string, boolean>();

/** `DNC Smith`: whoever types it where the name belongs means it. */
export const isWishInName = (name: string): boolean => name.length > 4 && SAID.test(plain(name));

/** `DNC`, `asked: do not call`. */
export function isWish(cell: string): boolean {
  if (cell.length < 2 || !/\p{L}\P{N}*\p{L}/u.test(cell)) return false;
  const before = known.get(cell);
  if (before !== undefined) return before;
  const text = plain(cell);
  const found = SAID.test(text) || WHOLE.test(text);
  if (known.size < KNOWN_CELLS && cell.length <= 40) known.set(copyOf(cell), found);
  return found;
}
