//! What she chose for the day she presses, and what an operator is. Pure.

use crate::words;

words! {
    /// When 911 is told. Hers to choose; it holds for an alert as it was at the press.
    pub enum Policy, unknown Now {
        /// At once, as her contacts are. The default.
        Now = "now",
        /// After a minute without an answer.
        IfUnanswered = "if_unanswered",
        /// Not at all, but for the two cases of [`Hold`] and when she escalates herself.
        NetworkOnly = "network_only",
    }
}

words! {
    /// With [`Policy::NetworkOnly`]: what happens when no contact could be reached, and under
    /// duress. Both preset `911`.
    pub enum Hold, unknown Call911 {
        /// 911 is told after all.
        Call911 = "911",
        /// 911 is not told.
        Hold = "hold",
    }
}

words! {
    /// What an operator may do (design §5).
    pub enum Role {
        /// The queue of the own centre; claims; the own records.
        Operator = "operator",
        /// Reassigns too, reads with a written reason, and sees the own centre's audit.
        Supervisor = "supervisor",
        /// Operators, policy, polygons, health; no record, no person.
        Administrator = "administrator",
        /// The read-audit; no place, no name.
        Auditor = "auditor",
    }
}

impl Role {
    /// Whether this role works records at all.
    #[must_use]
    pub const fn works_records(self) -> bool {
        matches!(self, Self::Operator | Self::Supervisor)
    }
}
