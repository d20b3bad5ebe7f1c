//! What the rows of some subjects say of their recipients and addresses. Only read.

use diesel::dsl::max;
use diesel::prelude::*;

use crate::clock::At;
use crate::db::schema::notifications as n;
use crate::db::{Conn, DbError};
use crate::delivery::model::{Channel, FailReason, StateWord};
use crate::ids::{AddressId, RecipientId, SubjectId};
use crate::on;

/// Recipients of these subjects to whom a message of these steps left, or may have left.
pub(in crate::delivery) fn may_have_been_told(
    conn: &mut Conn,
    subjects: &[SubjectId],
    steps: &[i64],
) -> Result<Vec<RecipientId>, DbError> {
    let left = n::sent_at
        .is_not_null()
        .or(n::unsure_at.is_not_null())
        .or(n::state.eq(StateWord::Sending));
    let told = n::table
        .filter(n::subject.eq_any(subjects))
        .filter(n::rung.eq_any(steps))
        .filter(left);
    Ok(on!(conn, |c| told.select(n::recipient).distinct().load(c))?)
}

/// When a text of these subjects was last queued, by recipient.
pub(in crate::delivery) fn last_texts(
    conn: &mut Conn,
    subjects: &[SubjectId],
) -> Result<Vec<(RecipientId, Option<At>)>, DbError> {
    let texts = n::table
        .filter(n::subject.eq_any(subjects))
        .filter(n::channel.eq(Channel::Sms.as_str()))
        .filter(n::state.ne(StateWord::Failed).or(n::sent_at.is_not_null()));
    let last = texts
        .group_by(n::recipient)
        .select((n::recipient, max(n::created_at)));
    Ok(on!(conn, |c| last.load(c))?)
}

/// When a message of these subjects was last confirmed, by address.
pub(in crate::delivery) fn last_reached(
    conn: &mut Conn,
    subjects: &[SubjectId],
) -> Result<Vec<(AddressId, Option<At>)>, DbError> {
    let reached = n::table
        .filter(n::subject.eq_any(subjects))
        .filter(n::delivered_at.is_not_null());
    let reached = reached
        .group_by(n::address)
        .select((n::address, max(n::delivered_at)));
    Ok(on!(conn, |c| reached.load(c))?)
}

/// When a message of these subjects last failed for one of these reasons, by address.
pub(in crate::delivery) fn last_failed(
    conn: &mut Conn,
    subjects: &[SubjectId],
    reasons: &[FailReason],
) -> Result<Vec<(AddressId, Option<At>)>, DbError> {
    let failed = n::table
        .filter(n::subject.eq_any(subjects))
        .filter(n::reason.eq_any(reasons));
    let failed = failed
        .filter(n::state.eq(StateWord::Failed))
        .group_by(n::address)
        .select((n::address, max(n::final_at)));
    Ok(on!(conn, |c| failed.load(c))?)
}
