//! The operator who works records, as it stands in a handler's signature.

use std::future::Future;
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev};

use super::error::EscalationError;
use super::model::Post;
use crate::http::Failure;
use crate::identity::Operator;
use crate::identity::model::Role;
use crate::ids::{CentreId, MunicipalityId, OperatorId};

/// An operator or supervisor who works records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// Who.
    pub operator: OperatorId,
    /// Of which centre.
    pub centre: CentreId,
    /// Whose employee.
    pub municipality: MunicipalityId,
    /// As what.
    pub post: Post,
}

impl Viewer {
    /// The signed-in operator as one who works records.
    ///
    /// # Errors
    /// `Forbidden` for administrators, auditors, and who has no centre.
    pub fn of(operator: &Operator) -> Result<Self, EscalationError> {
        let post = match (operator.role, operator.unlisted) {
            (Role::Operator, _) => Post::Operator,
            (Role::Supervisor, false) => Post::Supervisor,
            (Role::Supervisor, true) => Post::Unlisted,
            (Role::Administrator | Role::Auditor, _) => return Err(EscalationError::Forbidden),
        };
        let centre = operator.centre.ok_or(EscalationError::Forbidden)?;
        Ok(Self {
            operator: operator.id,
            centre,
            municipality: operator.municipality,
            post,
        })
    }

    /// Whether it is a supervisor, listed or not.
    #[must_use]
    pub const fn supervises(&self) -> bool {
        matches!(self.post, Post::Supervisor | Post::Unlisted)
    }
}

impl FromRequest for Viewer {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let operator = Operator::from_request(req, payload);
        Box::pin(async move { Ok(Self::of(&operator.await?)?) })
    }
}
