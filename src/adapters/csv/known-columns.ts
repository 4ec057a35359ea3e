/** Columns by the names that people and programs give them; the earlier name is looked at first. */

/** The fields of a contact, under the names `--map` knows them by. */
export const FIELDS = [
  "phone",
  "area",
  "name",
  "first_name",
  "last_name",
  "email",
  "company",
  "do_not_call",
  "may_call",
  "remarks",
  "time_zone",
  "consent",
  "consent_at",
  "consent_source",
  "consent_proof",
  "consent_level",
  "consent_purpose",
  "consent_expires_at",
] as const;
export type Field = (typeof FIELDS)[number];

/** Fields that several columns may fill. Of the first four the first filled cell counts, of a wish not to be called any. */
export const SEVERAL: ReadonlySet<Field> = new Set([
  "phone",
  "name",
  "email",
  "company",
  "do_not_call",
  "may_call",
  "remarks",
]);

/** `Do Not Call?`, `do_not_call` and `DoNotCall` are one name; so are `Téléphone` and `telephone`. */
export const squeezed = (header: string): string =>
  header
    .normalize("NFKD")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "")
    .toLowerCase();

const words = (text: string): string[] => text.trim().split(/\s+/);
/** Each kind with each noun, before and behind it. */
const both = (kinds: string, nouns: string): string[] =>
  words(kinds).flatMap((kind) => words(nouns).flatMap((noun) => [`${kind}${noun}`, `${noun}${kind}`]));

const NOUNS = "phone phonenumber number telephone telephonenumber tel phoneno";

/**
 * Google (`Phone 1 - Value`), Outlook (`Business Phone 2`), Apple (`iPhone`), HubSpot, Salesforce (`MobilePhone`), Dynamics
 * (`telephone1`), Zoho, and the words of some languages. The plain column first, then mobile, home, work and other phones;
 * a fax, a pager or an assistant's phone is none of the person's.
 */
const ONE_PHONE = [
  ...words("phonenumber phone telephone telephonenumber tel telno phoneno msisdn primaryphone primaryphonenumber"),
  ...words("contactphone contactnumber contactphonenumber customerphone customerphonenumber phone1value phone1 tel1"),
  ...words(
    "telefon telefonnummer rufnummer telefono numerodetelefono telefone telefoon telefoonnummer numerodetelephone",
  ),
  ...words("mobile cell cellular iphone"),
  ...both("mobile cell cellular iphone", NOUNS),
  ...words("mobilephone2 mobile2 cellphone2 phone1mobile"),
  ...words("mobiltelefon mobilnummer mobil handy handynummer portable telephoneportable movil telefonomovil celular"),
  ...words("cellulare telefonocellulare telemovel mobiel mobielnummer whatsapp whatsappphonenumber whatsappnumber"),
  ...both("home private personal", NOUNS),
  ...words("homephone2 telephone2 telefonprivat privattelefon"),
  ...words("landline fixedline"),
  ...both("landline fixedline fixed", NOUNS),
  ...words("festnetz festnetznummer festnetztelefon telefonfestnetz fixe telephonefixe telfixe numerofixe lignefixe"),
  ...words("fijo telefonofijo numerofijo fisso telefonofisso numerofisso fixo telefonefixo numerofixo"),
  ...words("vastetelefoon vastnummer telefoonvast"),
  ...both("work business office direct", NOUNS),
  ...words("businessphone2 workphone2 telephone1 telefongeschaftlich geschaftstelefon"),
  ...both("main other alternate alternative alt secondary second evening daytime", NOUNS),
  ...words("phone2value phone3value phone4value phone5value phone6value phone2 phone3 phone4 phone5 tel2 tel3"),
  ...words("telephone3 carphone radiophone"),
];
/** `Phone Number 2` as well. */
const PHONES = [...ONE_PHONE, ...words("1 2 3 4 5").flatMap((nth) => ONE_PHONE.map((name) => `${name}${nth}`))];

const KNOWN: Readonly<Record<Field, readonly string[]>> = {
  phone: PHONES,
  area: words("areacode phoneareacode npa vorwahl"),
  name: words("name fullname contactname displayname customername leadname nombrecompleto nomcomplet"),
  first_name: words("firstname givenname fname forename vorname prenom nombre nome"),
  last_name: words("lastname surname familyname lname nachname nomdefamille apellido apellidos cognome achternaam"),
  email: words(
    "email emailaddress contactemail primaryemail email1value emailaddress1 email1 email1address mail workemail personalemail homeemail email2value email2address emailaddress2 email2 correoelectronico courriel",
  ),
  company: words("company companyname organisation organization organizationname organization1name accountname firma"),
  do_not_call: [
    ...words(
      "donotcall dnc dontcall nocall nocalls donotphone donotcontact donotcontactbyphone donotdial donottelephone",
    ),
    ...words(
      "donotcallflag dncflag isdnc ondnc ondnclist dnclist donotcalllist ondonotcalllist dncregistered nationaldnc",
    ),
    ...words("optout optedout hasoptedout optoutcalls calloptout callsoptout phoneoptout optoutphone voiceoptout"),
    ...words("hasoptedoutofcalls hasoptedoutofphone optedoutofcalls donotallowphonecalls nophone nophonecalls"),
    ...words(
      "suppress suppressed issuppressed blacklisted tps ctps tpsregistered ontps bloctel nichtanrufen nepasappeler",
    ),
    ...words("nollamar nonchiamare naoligar nietbellen"),
  ],
  may_call: words(
    "maycall oktocall cancall callok callallowed callsallowed allowcalls allowphonecalls contactable callable",
  ),
  // Words of any kind, among which may be a wish: only the operator can say that the others are none.
  remarks: [],
  time_zone: words("timezone tz"),
  consent: words("consent hasconsent consentgiven"),
  consent_at: words("consentat consentdate consentgrantedat"),
  consent_source: words("consentsource"),
  consent_proof: words("consentproof consentwording consenttext consenturl"),
  consent_level: words("consentlevel"),
  consent_purpose: words("consentpurpose"),
  consent_expires_at: words("consentexpires consentexpiresat consentuntil consentvaliduntil"),
};

/** What a header means by itself, and how early it is looked at among those that mean the same; null: nothing known. */
export function meaningOf(header: string): { readonly field: Field; readonly rank: number } | null {
  return MEANINGS.get(squeezed(header)) ?? null;
}

const MEANINGS = new Map(
  FIELDS.flatMap((field) => KNOWN[field].map((name, rank) => [name, { field, rank }] as const)).toReversed(),
);
