//! What a step is to do, from the labels alone.

use vault::{Label, Labels};

use crate::{Error, Request, Step};

/// What a step is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Its work.
    Work,
    /// Take the label of the pending version away: it is in force already.
    Tidy,
    /// Nothing: the rotation has ended.
    Nothing,
}

/// The course of a step (AWS Secrets Manager User Guide, "Lambda rotation functions").
///
/// # Errors
/// [`Error::NotRotated`], [`Error::UnknownVersion`], [`Error::NotPending`]: nothing may be changed.
pub fn course(labels: &Labels, request: &Request) -> Result<Course, Error> {
    let version = request.version.as_str();
    if !labels.is_rotated {
        return Err(Error::NotRotated);
    }
    if !labels.versions.contains_key(version) {
        return Err(Error::UnknownVersion);
    }
    let is_pending = labels.has(version, Label::Pending);
    if labels.has(version, Label::Current) {
        let is_tidy = request.step != Step::Finish || !is_pending;
        return Ok(if is_tidy { Course::Nothing } else { Course::Tidy });
    }
    if is_pending { Ok(Course::Work) } else { Err(Error::NotPending) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(is_rotated: bool, versions: &[(&str, &[Label])]) -> Labels {
        let names = |labels: &[Label]| labels.iter().map(|label| label.name().to_owned()).collect();
        let versions = versions.iter().map(|(id, labels)| ((*id).to_owned(), names(labels)));
        Labels { is_rotated, versions: versions.collect(), ..Labels::default() }
    }

    fn of(labels: &Labels, version: &str) -> Vec<Result<Course, String>> {
        let request = |step| Request { step, secret: "arn".into(), version: version.into() };
        let steps = Step::ALL.into_iter();
        steps.map(|step| course(labels, &request(step)).map_err(|e| e.to_string())).collect()
    }

    #[test]
    fn the_pending_version_is_worked_on() {
        let labels = labels(true, &[("a", &[Label::Current]), ("b", &[Label::Pending])]);
        assert_eq!(of(&labels, "b"), vec![Ok(Course::Work); 4]);
    }

    /// C-03
    #[test]
    fn a_version_in_force_is_left_alone_and_its_label_taken_away() {
        let done = labels(true, &[("a", &[Label::Previous]), ("b", &[Label::Current])]);
        assert_eq!(of(&done, "b"), vec![Ok(Course::Nothing); 4]);
        let half = labels(true, &[("b", &[Label::Current, Label::Pending])]);
        let nothing = Ok(Course::Nothing);
        assert_eq!(of(&half, "b"), [nothing.clone(), nothing.clone(), nothing, Ok(Course::Tidy)]);
    }

    /// C-03
    #[test]
    fn anything_else_is_refused_with_its_reason() {
        let versions: &[(&str, &[Label])] =
            &[("a", &[Label::Current]), ("b", &[Label::Pending]), ("c", &[Label::Previous])];
        let refused = |labels: &Labels, version: &str, part: &str| {
            for refused in of(labels, version) {
                let said = refused.unwrap_err();
                assert!(said.contains(part), "{said}");
            }
        };
        refused(&labels(false, versions), "b", "rotation is not enabled");
        refused(&labels(true, versions), "d", "no version of this rotation");
        refused(&labels(true, versions), "c", "not pending");
        refused(&labels(true, &[]), "b", "no version of this rotation");
        refused(&labels(true, &[("b", &[])]), "b", "not pending");
    }
}
