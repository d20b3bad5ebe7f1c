//! The import of a checked file of centres.

use std::collections::HashMap;

use super::model::{Centre, TOPIC};
use super::{policies, store};
use crate::clock::At;
use crate::db::{Conn, DbError, change_marks};
use crate::escalation::geojson_import::{CentreDraft, NamedBackup, to_text};
use crate::ids::{CentreId, MunicipalityId};

/// Why an import was not written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A backup that neither the file nor the database knows.
    #[error("{centre} names {backup} as its backup, which is no centre")]
    NoSuchBackup {
        /// The centre.
        centre: String,
        /// What it named.
        backup: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Writes the centres of a file: those known by their code are changed, the others added, none
/// removed (a record may belong to it). A file with a default takes the mark from the others. Moves
/// the change mark. Returns how many.
///
/// # Errors
/// [`ImportError::NoSuchBackup`], and what the database says; nothing is written then.
pub fn import(
    conn: &mut Conn,
    municipality: MunicipalityId,
    drafts: &[CentreDraft],
    now: At,
) -> Result<usize, ImportError> {
    let there: HashMap<String, Centre> = store::of(conn, municipality)?
        .into_iter()
        .map(|c| (c.code.clone(), c))
        .collect();
    // A retired centre backs no other up, unless this file brings it back.
    let mut codes: HashMap<&str, CentreId> = there
        .iter()
        .filter(|(code, c)| !c.is_retired || drafts.iter().any(|draft| draft.code == **code))
        .map(|(code, c)| (code.as_str(), c.id))
        .collect();
    for draft in drafts {
        codes.entry(&draft.code).or_insert_with(CentreId::new);
    }
    let mut rows = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let Some(id) = codes.get(draft.code.as_str()) else {
            continue;
        };
        rows.push(store::CentreRow {
            id: *id,
            municipality,
            code: draft.code.clone(),
            name: draft.name.clone(),
            rank: draft.rank,
            is_default: draft.is_default,
            backup: backup_of(draft, &there, &codes)?,
            polygon: draft.polygon.as_ref().map(to_text),
            created_at: now,
            updated_at: now,
            retired_at: None,
        });
    }
    if drafts.iter().any(|d| d.is_default) {
        store::clear_default(conn, municipality)?;
    }
    for row in &rows {
        store::put(conn, row)?;
        if let Some(before) = there
            .get(&row.code)
            .filter(|before| before.backup != row.backup)
        {
            policies::note(
                conn,
                &Centre {
                    backup: row.backup,
                    ..before.clone()
                },
                None,
                now,
            )?;
        }
    }
    change_marks::bump_mark(conn, TOPIC)?;
    Ok(rows.len())
}

/// The backup that a draft names: without a word about it, the one it has.
fn backup_of(
    draft: &CentreDraft,
    there: &HashMap<String, Centre>,
    codes: &HashMap<&str, CentreId>,
) -> Result<Option<CentreId>, ImportError> {
    match &draft.backup {
        NamedBackup::Unsaid => Ok(there.get(&draft.code).and_then(|centre| centre.backup)),
        NamedBackup::None => Ok(None),
        NamedBackup::Code(code) => {
            codes
                .get(code.as_str())
                .map(|id| Some(*id))
                .ok_or_else(|| ImportError::NoSuchBackup {
                    centre: draft.code.clone(),
                    backup: code.clone(),
                })
        }
    }
}
