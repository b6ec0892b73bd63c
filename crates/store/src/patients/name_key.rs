//! Names folded for searches.

use mdt::person::PersonName;

/// The folded form of a name that searches compare: lower case, letters and digits of any script, one
/// space between words. Accents fold where Unicode decomposes them into a Latin letter that a keyboard
/// without them would type.
pub fn name_key(text: &str) -> String {
    let folded: String = text.chars().flat_map(fold).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fold(character: char) -> Vec<char> {
    let plain = match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'ą' | 'Ą' => {
            "a"
        }
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' | 'ę' | 'Ę' | 'ě' | 'Ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'ı' | 'İ' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "o",
        'ś' | 'Ś' | 'š' | 'Š' | 'ş' | 'Ş' => "s",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'ů' | 'Ů' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ð' | 'Ð' | 'đ' | 'Đ' => "d",
        'þ' | 'Þ' => "th",
        other if other.is_alphanumeric() => return other.to_lowercase().collect(),
        '\'' | '’' => return Vec::new(),
        _ => " ",
    };
    plain.chars().collect()
}

pub(super) fn key_of(name: &PersonName) -> String {
    name_key(&format!("{} {}", name.family(), name.given()))
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn a_name_is_found_without_its_accents_and_apostrophes() {
        assert_eq!(name_key("Ångström, Łukasz"), "angstrom lukasz");
        assert_eq!(name_key("O'Brien-Smith"), "obrien smith");
        assert_eq!(name_key("Μαρία"), "μαρία");
    }
}
