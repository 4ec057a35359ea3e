/** What looks like a wish not to be called, in the name of a column or in a cell: nobody may read past it in silence. */

const plain = (text: string): string =>
  text
    .replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " ")
    .normalize("NFKD")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();

const CALL = "(?:call|phone|telephone|dial|ring|contact|solicit|disturb)";
const NAMES = new RegExp(
  [
    `\\b(?:do not|don t|dont|never|no|not|stop)(?: allow| be)? ?${CALL}`,
    `\\bdo ?not ?${CALL}`,
    "\\b(?:do not|don t|dont|no) (?:allow |bulk |send |be )*(?:e ?mails?|mails?|fax|faxes|sms|texts?|post|letters?)\\b",
    "\\bdnc[rl]?\\b|\\bdnd\\b|\\bd n c\\b",
    "\\bopt(?:s|ed)? ?out|\\bunsubscri|\\bsuppress|\\b(?:black|block|stop) ?list|\\bblocked\\b|\\bexclu(?:de|sion)",
    "\\bc?tps\\b|\\brobinson|\\bbloctel\\b|\\bopposizion|\\bremove (?:me|from)|\\bremoved?\\b$",
    "\\bnicht (?:mehr )?(?:anrufen|kontaktieren)|(?:werbe|anruf|kontakt|telefon)sperre|\\bgesperrt\\b",
    "\\bne (?:pas|plus) (?:appeler|contacter|demarcher)|\\bno (?:llamar|contactar)|\\bnon (?:chiamare|contattare)",
    "\\bnao (?:ligar|contatar)|\\bniet (?:meer )?bellen|\\bbel ?me ?niet",
    // The other way round: whom one may call.
    "\\b(?:ok|okay|may|can|allow\\w*|permi\\w+|agree\\w*|right) (?:to |be |us to )?(?:phone |voice )?(?:call|phone|telephone|contact)",
    "\\b(?:call|phone|contact|telephone)s? (?:ok|allowed|permitted|permission|preference|consent|restriction)|\\bcontactab|\\bcallable\\b",
  ].join("|"),
);

/** Mails, messages and faxes are other channels; a name that also speaks of calls is about calls. */
const OTHER_CHANNEL =
  /\b(?:e ?mails?|mails?|mailing|bulk|sms|text|texts|fax|faxes|faxen|newsletters?|post|postal|letters?)\b/;
const OF_CALLS = /\b(?:calls?|phone|telephone|voice|dial|all (?:channels?|communications?|contacts?))\b/;

/** `calls`: looks like a wish not to be called; `other`: one about another channel; null: neither. */
export function wishInName(header: string): "calls" | "other" | null {
  const name = plain(header);
  if (!NAMES.test(name)) return null;
  return OTHER_CHANNEL.test(name) && !OF_CALLS.test(name) ? "other" : "calls";
}

const WHOLE_CELL = /^(?:stop|unsubscribed?|blocked|blacklisted|suppressed|nocall)[.!]*$/i;
const IN_CELL =
  /\bdo[ _-]?not[ _-]?(?:call|contact|phone|ring|dial)\b|\bdon['’]?t (?:call|contact|phone|ring|dial)\b|\bdnc\b|\bopt(?:ed)?[ _-]?out\b|\bnever call\b|\bno (?:more )?calls\b|\bstop calling\b|\bnicht (?:mehr )?anrufen\b|\bne (?:pas|plus) (?:m['’])?appeler\b|\bno (?:me )?llam(?:ar|en|e)\b|\bnon chiamar/i;

/** `DNC`, `asked: do not call`. */
export const isWish = (cell: string): boolean =>
  cell.length > 2 && (WHOLE_CELL.test(cell.trim()) || IN_CELL.test(cell));
