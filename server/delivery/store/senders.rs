//! The senders of a message, as one column holds them: at each provider, in order, with a comma
//! between.

/// As it is written; a message that has no sender has none in the column.
pub(in crate::delivery) fn to_column(senders: &[String]) -> Option<String> {
    (!senders.is_empty()).then(|| senders.join(","))
}

/// As it is read. A provider that has no sender keeps its place, so that the next one keeps its
/// own.
pub(in crate::delivery) fn of_column(column: Option<&str>) -> Vec<String> {
    let each = column.into_iter().flat_map(|all| all.split(','));
    each.map(|one| one.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_read_back_each_in_its_place() {
        for (senders, column) in [
            (vec![], None),
            (vec!["MG1"], Some("MG1")),
            (vec!["MG1", "+526140000001"], Some("MG1,+526140000001")),
            (vec!["", "+526140000001"], Some(",+526140000001")),
        ] {
            let senders: Vec<String> = senders.into_iter().map(str::to_owned).collect();
            assert_eq!(to_column(&senders).as_deref(), column);
            assert_eq!(of_column(column), senders);
        }
        assert_eq!(of_column(Some("MG1, MG2")), ["MG1", "MG2"]);
    }
}
