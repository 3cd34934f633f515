//! Session descriptions, candidate lines, addresses and names: decisions about text from strangers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_proto::candidate::{CandidateVerdict, judge};
use sightline_proto::name::sanitise;
use sightline_proto::sdp::{check, check_answer, check_offer, without_forbidden_candidates};
use sightline_proto::switchboard::authority;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(facts) = check(&text) {
        assert!(check_offer(&text).is_ok() != check_answer(&text).is_ok());
        let cleaned = without_forbidden_candidates(&text, false);
        if let Ok(again) = check(&cleaned) {
            assert_eq!(again, facts);
        }
        assert!(
            cleaned.lines().filter(|l| l.starts_with("a=candidate:")).all(|l| judge(l, false) == CandidateVerdict::Use)
        );
    }
    let _ = judge(&text, true);
    let name = sanitise(&text);
    assert_eq!(sanitise(&name), name);
    // The port is left out when it is the scheme's own, so only one scheme is compared.
    if let (true, Ok(host)) = (text.starts_with("https"), authority(&text)) {
        assert_eq!(authority(&format!("https://{host}")), Ok(host));
    }
});
