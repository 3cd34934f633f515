//! The four words that both sides show before admission: whoever hears them read aloud knows that no other knock is meant.
//!
//! They are the first 44 bits of the `words` export, as four 11-bit indices into the BIP-39 list of the knock's language.
//! English stands in for languages without a list here. The number form (each index as four digits) is the same everywhere.

use bip39::Language;

/// The indices of the four words, each below 2048.
#[must_use]
pub fn indices(export: &[u8; 32]) -> [u16; 4] {
    let mut first = [0; 8];
    first.copy_from_slice(&export[..8]);
    let bits = u64::from_be_bytes(first);
    // Masked to 11 bits, so the conversion can't lose any.
    [53, 42, 31, 20].map(|shift| u16::try_from(bits >> shift & 0x7ff).unwrap_or_default())
}

/// The words in the list of a language tag (`es`, `es-AR`, …).
#[must_use]
pub fn words(indices: [u16; 4], lang: &str) -> [&'static str; 4] {
    let list = list(lang).word_list();
    indices.map(|index| list[usize::from(index) % list.len()])
}

/// The number form: `0007 1999 0400 2047`.
#[must_use]
pub fn numbers(indices: [u16; 4]) -> String {
    indices.map(|index| format!("{index:04}")).join(" ")
}

fn list(lang: &str) -> Language {
    let primary = lang.split(['-', '_']).next().unwrap_or_default();
    if primary.eq_ignore_ascii_case("es") { Language::Spanish } else { Language::English }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_44_bits_big_endian() {
        // 00000000001 00000000010 00000000011 11111111111, then bits that don't count.
        let bits: u64 = 1 << 53 | 2 << 42 | 3 << 31 | 2047 << 20 | 0xf_ffff;
        let mut export = [0xff; 32];
        export[..8].copy_from_slice(&bits.to_be_bytes());
        assert_eq!(indices(&export), [1, 2, 3, 2047]);
        assert_eq!(indices(&[0xff; 32]), [2047; 4]);
    }

    #[test]
    fn lists_by_language_with_english_as_the_rest() {
        assert_eq!(words([0, 1, 2, 2047], "en"), ["abandon", "ability", "able", "zoo"]);
        assert_eq!(words([0, 1, 2, 2047], "ru"), words([0, 1, 2, 2047], "en"));
        assert_eq!(words([0, 1, 2, 2047], "es-AR"), words([0, 1, 2, 2047], "ES"));
        assert_ne!(words([0, 1, 2, 2047], "es"), words([0, 1, 2, 2047], "en"));
        assert_eq!(numbers([7, 1999, 400, 2047]), "0007 1999 0400 2047");
    }
}
