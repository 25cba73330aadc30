//! What a column probably is, by its name and by what is in it.

use super::ContactField;
use crate::{identity, schedule};

use ContactField as F;

/// Names of columns as CRMs and people write them, letters and digits only.
const NAMES: &[(ContactField, &[&str])] = &[
    (
        F::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "mailaddress",
            "workemail",
            "businessemail",
            "primaryemail",
            "personemail",
            "contactemail",
            "email1",
            "emailwork",
            "correo",
            "correoelectronico",
            "courriel",
            "epost",
            "emailadresse",
            "mailadresse",
        ],
    ),
    (
        F::Phone,
        &[
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cell",
            "cellphone",
            "telephone",
            "tel",
            "workphone",
            "directphone",
            "directdial",
            "primaryphone",
            "contactphone",
            "phone1",
            "sms",
            "handy",
            "telefon",
            "telefonnummer",
            "mobil",
            "telefono",
            "telefone",
            "celular",
        ],
    ),
    (
        F::FirstName,
        &[
            "firstname",
            "first",
            "givenname",
            "forename",
            "fname",
            "vorname",
            "prenom",
            "nombre",
            "voornaam",
            "imie",
        ],
    ),
    (
        F::LastName,
        &[
            "lastname",
            "last",
            "surname",
            "familyname",
            "lname",
            "nachname",
            "nom",
            "nomdefamille",
            "apellido",
            "apellidos",
            "cognome",
            "achternaam",
            "sobrenome",
            "nazwisko",
        ],
    ),
    (
        F::FullName,
        &[
            "name",
            "fullname",
            "contactname",
            "contact",
            "displayname",
            "person",
            "personname",
            "attendee",
            "attendeename",
            "guest",
            "guestname",
        ],
    ),
    (
        F::Company,
        &[
            "company",
            "companyname",
            "organization",
            "organisation",
            "organizationname",
            "org",
            "account",
            "accountname",
            "employer",
            "business",
            "businessname",
            "firma",
            "unternehmen",
            "entreprise",
            "societe",
            "empresa",
            "azienda",
            "bedrijf",
        ],
    ),
    (
        F::Title,
        &[
            "title",
            "jobtitle",
            "position",
            "role",
            "job",
            "designation",
            "titel",
            "fonction",
            "poste",
            "cargo",
            "puesto",
            "functie",
        ],
    ),
    (
        F::City,
        &[
            "city",
            "town",
            "locality",
            "locationcity",
            "personcity",
            "stadt",
            "ort",
            "ville",
            "ciudad",
            "cidade",
            "citta",
            "stad",
            "miasto",
        ],
    ),
    (
        F::Country,
        &[
            "country",
            "countryname",
            "countrycode",
            "countryregion",
            "locationcountry",
            "land",
            "pays",
            "pais",
            "paese",
            "kraj",
        ],
    ),
    (F::TimeZone, &["timezone", "tz", "timezonename", "zeitzone", "fuseauhoraire", "zonahoraria"]),
];

/// What a column is, and how sure that is (0 to 1): by its header, and by sample cells of it. `None` when
/// nothing speaks for any field.
pub fn guess_field(header: &str, samples: &[&str]) -> Option<(ContactField, f32)> {
    let named = by_name(header);
    let held = by_samples(samples);
    match (named, held) {
        (Some((named, _)), Some((held, sure))) if named == held => Some((named, sure.max(0.95))),
        // The cells say what is in there; the header says only what somebody called it. But a name is a weak
        // thing only for fields that have a shape of their own.
        (Some((named, sure)), Some((held, weight))) => {
            if has_shape(named) || weight > sure {
                Some((held, weight * 0.8))
            } else {
                Some((named, sure * 0.8))
            }
        }
        (Some((named, sure)), None) => {
            let filled = samples.iter().any(|sample| !sample.trim().is_empty());
            // Cells of an e-mail column in which no e-mail address is.
            Some((named, if has_shape(named) && filled { sure * 0.4 } else { sure }))
        }
        (None, held) => held,
    }
}

/// An e-mail address, a phone number and a zone can be told from other text.
fn has_shape(field: ContactField) -> bool {
    matches!(field, F::Email | F::Phone | F::TimeZone)
}

fn by_name(header: &str) -> Option<(ContactField, f32)> {
    let name: String = header.chars().take(100).filter(|c| c.is_alphanumeric()).flat_map(plain).collect();
    if name.is_empty() {
        return None;
    }
    let exact = NAMES.iter().find(|(_, names)| names.contains(&name.as_str()));
    if let Some((field, _)) = exact {
        return Some((*field, 0.9));
    }
    // "Attendee E-mail (work)": the longest known name inside wins, so that "company name" is not a name.
    NAMES
        .iter()
        .flat_map(|(field, names)| names.iter().map(move |known| (*field, *known)))
        .filter(|(_, known)| known.len() >= 4 && name.contains(known))
        .max_by_key(|(_, known)| known.len())
        .map(|(field, _)| (field, 0.6))
}

/// Lower case and without the accents of the languages above.
fn plain(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' | 'ć' => 'c',
        'ñ' => 'n',
        c => c,
    })
}

fn by_samples(samples: &[&str]) -> Option<(ContactField, f32)> {
    let filled: Vec<&str> =
        samples.iter().map(|sample| sample.trim()).filter(|sample| !sample.is_empty()).take(50).collect();
    if filled.is_empty() {
        return None;
    }
    let share = |test: &dyn Fn(&str) -> bool| {
        filled.iter().filter(|sample| test(sample)).count() as f32 / filled.len() as f32
    };
    let candidates = [
        (F::Email, share(&|sample| identity::email(sample).is_ok())),
        (F::TimeZone, share(&|sample| sample.contains('/') && schedule::zone(sample).is_some())),
        (F::Phone, share(&is_phone)),
    ];
    candidates.into_iter().find(|(_, share)| *share >= 0.6).map(|(field, share)| (field, 0.5 + share * 0.45))
}

/// Looks like a phone number: enough digits, and either the `+` or the punctuation of one, so that an order
/// number is not taken for one.
fn is_phone(sample: &str) -> bool {
    let digits = sample.bytes().filter(|b| b.is_ascii_digit()).count();
    let dressed = sample.starts_with('+') || sample.contains(['(', '-', ' ', '.']);
    (7..=15).contains(&digits)
        && dressed
        && sample.bytes().all(|b| b.is_ascii_digit() || b"+()-. /".contains(&b))
        && identity::phone(sample, "US").is_ok()
}
