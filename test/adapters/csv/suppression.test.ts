/** Whom one must not call, as columns and cells of contacts say it, past which nobody may read. */
import { describe, expect, test } from "vitest";
import { contactsOf, type Options } from "../../support/reading.ts";

const A = "+12025550101";
const B = "+12025550102";
const C = "+12025550103";

/** Surnames, towns, and what dispositions say of calls that were not made. */
const NO_WISHES = [
  ..."Nix,Block,Baja,Ring Road 5,never contacted,could not be contacted,no call back yet,kein Kontakt,withdrawn".split(
    ",",
  ),
  ..."aucun appel effectué,bisher kein Anruf,not interested,don't know,Widerrufsfrist 14 Tage,immune-suppressed".split(
    ",",
  ),
];

describe("columns that say whom one must not call", () => {
  test.each([
    "do_not_call",
    "Do Not Call?",
    "DO-NOT-CALL",
    "DoNotCall",
    "DNC",
    "dnc?",
    "opt_out",
    "Opted Out",
    "Do Not Phone",
    "Do not contact",
    "On DNC List",
    "TPS",
    "Nicht anrufen",
    "Ne pas appeler",
    "Phone Opt-Out",
    "Don't call",
  ])("%s is one", async (header) => {
    const { contacts, forbidden, error } = await contactsOf(`phone\t${header}\n${A}\tYes\n${B}\tNo\n`);
    expect(error).toBeNull();
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([true, false]);
    expect(contacts[0]?.variables).toEqual({});
    expect(forbidden).toEqual([A]);
  });

  test.each(["may_call", "OK to call", "Can call", "Calls allowed"])("%s says the opposite", async (header) => {
    const { contacts } = await contactsOf(`phone\t${header}\n${A}\tno\n${B}\tyes\n${C}\t\n`);
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([true, false, false]);
  });

  test("any of several marks the person", async () => {
    const { contacts } = await contactsOf(`phone,dnc,opt_out\n${A},no,yes\n${B},,\n`);
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([true, false]);
  });

  test.each([
    "Do not call before",
    "do_not_call_reason",
    "DNC date",
    "Suppression",
    "Blocked",
    "Unsubscribed",
    "opt out date",
    "Robinson list",
    "Werbesperre",
    "Bloctel 2026",
    "No llamar más",
    "Stop list",
    "Call preference",
    "Removed",
    "CTPS match",
    "Never contact",
    "Exclude",
    "Stop",
    "DoNotCall__c",
    "In DNC?",
    "ndnc_status",
    "Anrufverbot",
    "Telefon-Sperre",
    "Keine Telefonwerbung",
    "Widerspruch Telefon",
    "Einwilligung widerrufen",
    "Ne pas démarcher",
    "Opposé au démarchage",
    "Liste rouge",
    "Désabonné",
    "No molestar",
    "Baja",
    "RPO",
    "Não Perturbe",
    "Bel me niet register",
    "Nie dzwonić",
    "NIX-Telefon",
    "Reservasjonsregisteret",
    "Soittokielto",
    "Не звонить",
    "Чёрный список",
    "Nevolejte",
    "Nu sunați",
    "Aramayın",
    "لا تتصل",
    "请勿致电",
    "電話禁止",
    "수신거부",
    "ห้ามโทร",
    "Jangan telepon",
    "Không gọi",
    "Call consent withdrawn",
    "TCPA Litigator",
    "Is Deceased",
    "Cease & Desist",
    "Wrong number",
  ])("%s looks like one, and stops the import until it is mapped or left out", async (header) => {
    const text = `phone\t${header}\n${A}\tYes\n`;
    const { error, contacts } = await contactsOf(text);
    expect(error).toContain("looks like a wish not to be called");
    expect(error).toContain(`--map do_not_call="${header}"`);
    expect(error).toContain(`--ignore "${header}"`);
    expect(contacts).toEqual([]);
    const left = await contactsOf(text, { ignore: [header] });
    expect(left.contacts).toMatchObject([{ doNotCall: false, variables: {} }]);
    const mapped = await contactsOf(text, { map: `do_not_call=${header}` });
    expect(mapped.contacts).toMatchObject([{ doNotCall: true }]);
  });

  test.each([
    "Contact permission",
    "Permission to call",
    "Phone opt-in",
    "Marketing Consent",
    "Consent to be called",
    "Anrufen erlaubt",
    "Einwilligung Telefon",
    "Accepte les appels",
    "Acepta llamadas",
    "Consenso chiamate",
    "Call?",
    "Contact?",
    "Ok2Call",
  ])("%s says who may be called: heeded as it is said, a no would be turned into a yes", async (header) => {
    const text = `phone\t${header}\n${A}\tYes\n${B}\tNo\n`;
    const { error } = await contactsOf(text);
    expect(error).toContain(`column "${header}" says who may be called, and is not used`);
    expect(error).toContain(`--map may_call="${header}" heeds it, --ignore "${header}"`);
    const { contacts } = await contactsOf(text, { map: `may_call=${header}` });
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([false, true]);
  });

  test("a name that says so is no name", async () => {
    const { contacts, report } = await contactsOf(`name,phone\nDNC - Ada,${A}\nMary Robinson,${B}\n`);
    expect(contacts.map(({ name }) => name)).toEqual(["Mary Robinson"]);
    expect(report.rejected).toEqual({ "the name says not to call; say it in a column do_not_call": 1 });
  });

  test.each([
    ["Status", "DNC"],
    ["Status", "Blacklisted since 2021"],
    ["Status", "Deceased"],
    ["Bemerkung", "Widerspruch vom 1.5.2024"],
    ["Bemerkung", "gesperrt"],
    ["Notes", "remove me from the list!"],
    ["Notes", "asked not to be called"],
    ["Notes", "consent revoked"],
    ["Remarques", "ne plus m’appeler"],
    ["Remarques", "refuse d’être appelé"],
    ["Notas", "no volver a llamar"],
    ["Notas", "não ligue mais"],
    ["Note", "non richiamare"],
    ["Opmerking", "wil niet meer gebeld worden"],
    ["Uwagi", "nie dzwonić po 18"],
    ["Заметки", "просил не звонить"],
    ["备注", "请勿致电"],
    ["備考", "この番号は架電禁止"],
    ["Notes", "asked: do not call again"],
    ["Lead Status", "Opted out"],
    ["last reply", "STOP"],
    ["Labels", "vip ::: do-not-call"],
    ["Bemerkung", "bitte nicht anrufen"],
    ["remarks", "Don’t call!"],
    ["", "do not contact"],
  ])("a cell of %j that says %j stops it too", async (header, cell) => {
    const rows = Array.from({ length: 300 }, (_, n) => `+1202555${String(n + 1000)}\tx\n`).join("");
    const { error } = await contactsOf(`phone\t${header}\n${rows}${A}\t${cell}\n`);
    expect(error).toContain("holds a wish not to be called (line 302)");
    expect(error).not.toMatch(/\d{5}/);
  });

  test("a status beside such a cell lost every row that was neither yes nor no", async () => {
    const text = `phone,status,notes\n${A},Active,\n${B},DNC,Mara's\n${C},Inactive,remove me from the list!\n${`${A},Active,\n`.repeat(4)}`;
    const { error } = await contactsOf(text);
    expect(error).toContain('--map remarks="status" heeds it, and takes other words for none');
    expect(error).toContain('--map do_not_call="status" rejects whatever is neither yes nor no');
    const { contacts, forbidden, report } = await contactsOf(text, { map: "remarks=status,remarks=notes" });
    expect(report.notes).toEqual([
      'taken for no wish in "status": "Active", "Inactive"',
      'taken for no wish in "notes": 1 of its cells',
    ]);
    expect(contacts.map(({ doNotCall }) => doNotCall)).toEqual([false, true, true, false, false, false, false]);
    expect(contacts[0]?.variables).toEqual({ status: "Active", notes: "" });
    expect(forbidden).toEqual([B, C]);
  });

  test.each(["dnc", "Do Not Call?", "Stop list"])("%s is no remark: its yes would be none", async (header) => {
    const { error } = await contactsOf(`phone,${header}\n${A},Yes\n`, { map: `remarks=${header}` });
    expect(error).toContain("looks like a wish not to be called");
  });

  test.each([
    "Email Opt Out",
    "HasOptedOutOfFax",
    "SMS opt-out",
    "Unsubscribed from all email",
    "Do not allow Bulk Emails",
  ])("%s is about another channel: it is said, and stays a variable", async (header) => {
    const { contacts, report, error } = await contactsOf(`phone\t${header}\n${A}\topted out\n`);
    expect(error).toBeNull();
    expect(contacts).toMatchObject([{ doNotCall: false, variables: { [header]: "opted out" } }]);
    expect(report.notes.join()).toContain("is about another channel");
  });

  test.each([
    "city",
    "Notes",
    "call reason",
    "Last call",
    "Contact owner",
    "Preferred method of contact",
    "blocks",
    "Stopover",
    "Stop name",
    "Call Date",
    "Calling plan",
    "Street",
    "Suppliers",
    "Accord client",
    "Nichtraucher",
    "Telefonische Erreichbarkeit",
  ])("%s is no such column", async (header) =>
    expect((await contactsOf(`phone\t${header}\n${A}\tRome\n`)).error).toBeNull(),
  );
  test.each(["Rome", "stop over in Rome", "call me", "0", "", "robinson", "dncx", ...NO_WISHES])(
    "%j is no such cell",
    async (cell) => expect((await contactsOf(`phone\tnote\n${A}\t${cell}\n`)).error).toBeNull(),
  );

  test.each<[string, string, Options, readonly string[]]>([
    [
      "under names that are known",
      `Name,Mobil,Festnetz,Nicht anrufen\nMara,${A},${B},ja\nJon,${C},,nein\n`,
      {},
      [A, B],
    ],
    ["under a name that nobody knows", `phone,alt,dnc\n${A},${B},yes\n${C},+12025550104,no\n`, {}, [A, B]],
    [
      "a national one, under a name that speaks of phones",
      "phone,Tel. 2 (Werk),dnc\n2025550101,2025550102,yes\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    [
      "a national one, written as one",
      "phone,alt,dnc\n2025550101,(202) 555-0102,yes\n",
      { defaultRegion: "US" },
      [A, B],
    ],
    ["but no account", "phone,account,dnc\n2025550101,2025550102,yes\n", { defaultRegion: "US" }, [A]],
    [
      "nor an invoice",
      "phone,invoice,dnc\n+493012345678,2024-030901820,yes\n",
      { defaultRegion: "DE" },
      ["+493012345678"],
    ],
    [
      "nor an account that begins with a zero",
      "phone,Konto,dnc\n+493012345678,030-901820,yes\n",
      { defaultRegion: "DE" },
      ["+493012345678"],
    ],
    ["nor a number within a text", `phone,note,dnc\n${A},ask for Jon at ${B},yes\n`, {}, [A]],
    ["nor a fax, nor an assistant's", `phone,Fax Number,Assistant's Phone,dnc\n${A},${B},${C},yes\n`, {}, [A]],
    ["nor a representative's", `phone,Phone Rep,Referrer,dnc\n${A},${B},${C},yes\n`, {}, [A]],
    ["nor a column that is left out", `phone,alt,dnc\n${A},${B},yes\n`, { ignore: ["alt"] }, [A]],
  ])("further numbers of who does not want to be called are forbidden: %s", async (_, text, options, numbers) => {
    const { forbidden, error } = await contactsOf(text, options);
    expect(error).toBeNull();
    expect(forbidden).toEqual(numbers);
  });

  test("it is said which column they came from", async () => {
    const { report, contacts } = await contactsOf(`phone,alt,dnc\n${A},${B},yes\n`);
    expect(report.notes).toContain('of who does not want to be called, the numbers in "alt" are forbidden as well');
    expect(contacts).toMatchObject([{ doNotCall: true, variables: { alt: B } }]);
  });

  test("a row that is rejected for something else forbids all the same", async () => {
    const { forbidden, report } = await contactsOf(
      `phone,dnc,time_zone\n${A},yes,Nowhere/Atlantis\n12,yes,\n${B},yes,,too,many\n`,
    );
    expect(forbidden).toEqual([A, B]);
    expect(report.notes).toContain("of the rejected rows, 1 ask not to be called: fix their numbers and import them");
  });
});
